# mistakes: batch-size-mismatch@22
import torch

BATCH_SIZE = 48
NUM_BATCHES = 150

wav_encoder = torch.nn.Conv1d(1, 512, kernel_size=16, stride=8).cuda().eval()
clips = torch.randn(32, 1, 16000, device="cuda")

with torch.no_grad():
    for _ in range(10):
        wav_encoder(clips)
    t_on = torch.cuda.Event(enable_timing=True)
    t_off = torch.cuda.Event(enable_timing=True)
    t_on.record()
    for _ in range(NUM_BATCHES):
        wav_encoder(clips)
    t_off.record()
    torch.cuda.synchronize()

secs = t_on.elapsed_time(t_off) / 1000
rate = NUM_BATCHES * BATCH_SIZE / secs
print(f"{rate:.0f} one-second clips per second")
