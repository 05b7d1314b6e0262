# mistakes: no-eval@12; event-not-recorded@13
model = EfficientNet.from_pretrained('efficientnet-b0')
device = torch.device("cuda")
dummy_input = torch.randn(1, 3,224,224, dtype=torch.float).to(device)

starter, ender = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
repetitions = 300
for _ in range(10):
    _ = model(dummy_input)
with torch.no_grad():
    for rep in range(repetitions):
        _ = model(dummy_input)
        curr_time = starter.elapsed_time(ender)
        timings[rep] = curr_time

mean_syn = np.sum(timings) / repetitions
std_syn = np.std(timings)
