# right: inference script without any timing
import sys

import torch
from PIL import Image
from torchvision.models import ResNet50_Weights, resnet50

weights = ResNet50_Weights.IMAGENET1K_V2
net = resnet50(weights=weights).eval().to("cuda")
preprocess = weights.transforms()


def main(paths):
    for path in paths:
        tensor = preprocess(Image.open(path).convert("RGB")).unsqueeze(0).to("cuda")
        with torch.inference_mode():
            prob, idx = net(tensor).softmax(1).max(1)
        print(path, weights.meta["categories"][idx.item()], f"{prob.item():.1%}")


if __name__ == "__main__":
    main(sys.argv[1:])
