"""Models that a timing tool meets every day, with random weights and inputs for each."""

import itertools

import torch
from efficientnet_pytorch import EfficientNet
from torch import nn
from transformers import BertConfig, BertModel, ResNetConfig, ResNetModel


def _convolutions(inputs: int, outputs: int) -> nn.Sequential:
    layers = []
    for channels in (inputs, outputs):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.Dropout2d())


class UNet(nn.Module):
    """Convolutions down and up again, with a copy across at each level."""

    def __init__(self, channels: tuple[int, ...] = (3, 16, 32, 64)) -> None:
        super().__init__()
        self.down = nn.ModuleList(map(_convolutions, channels, channels[1:]))
        inner = channels[:0:-1]
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(deep, flat, 2, stride=2) for deep, flat in itertools.pairwise(inner)
        )
        self.joined = nn.ModuleList(_convolutions(2 * flat, flat) for flat in inner[1:])
        self.head = nn.Conv2d(inner[-1], 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        across = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else nn.functional.max_pool2d(x, 2))
            across.append(x)
        for up, joined in zip(self.up, self.joined, strict=True):
            across.pop()
            x = joined(torch.cat([up(x), across[-1]], dim=1))
        return self.head(x)


MODELS = {
    "EfficientNet-b0": lambda: EfficientNet.from_name("efficientnet-b0"),
    "ResNet-50": lambda: ResNetModel(ResNetConfig()),  # its defaults are those of ResNet-50
    "BERT-base": lambda: BertModel(BertConfig()),  # likewise
    "U-Net": UNet,
}


def inputs_of(name: str, *, size: int = 224, tokens: int = 128) -> torch.Tensor:
    if name == "BERT-base":
        return torch.ones(1, tokens, dtype=torch.int64)
    return torch.ones(1, 3, size, size)
