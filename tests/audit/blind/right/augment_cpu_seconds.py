# right: process_time for the CPU seconds of an augmentation, tensors stay on the host
from time import process_time

import torch
from torchvision.transforms import v2

augment = v2.Compose([v2.RandomRotation(20), v2.GaussianBlur(5), v2.ColorJitter(0.4, 0.4)])
image = torch.randint(0, 256, (3, 512, 512), dtype=torch.uint8)

for _ in range(5):
    augment(image)

begin = process_time()
for _ in range(100):
    augment(image)
used = process_time() - begin
print(f"augmentation costs {used / 100:.4f} CPU seconds per image")
