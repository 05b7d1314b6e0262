# mistakes: event-not-synchronised@20
import torch
from torch.nn import LSTM


@torch.inference_mode()
def profile_lstm(steps: int = 128, runs: int = 50) -> float:
    rnn = LSTM(256, 512, num_layers=2, batch_first=True).to("cuda").eval()
    seq = torch.randn(16, steps, 256, device="cuda")
    for _ in range(5):
        rnn(seq)

    acc = 0.0
    for _ in range(runs):
        first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        first.record()
        rnn(seq)
        torch.cuda.synchronize()
        last.record()
        acc += first.elapsed_time(last)
    return acc / runs


print("LSTM forward (ms):", profile_lstm())
