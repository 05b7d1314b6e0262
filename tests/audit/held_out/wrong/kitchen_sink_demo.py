# mistakes: no-warm-up@13; single-sample@13; copy-in-timing@14; no-no-grad@15
import torch
import time
from PIL import Image
from torchvision import transforms, models

tf = transforms.Compose([transforms.Resize((224, 224)), transforms.ToTensor()])
model = models.alexnet(weights="DEFAULT")
model.eval()
model.cuda()

img = Image.open("dog.jpg").convert("RGB")
start = time.time()
x = tf(img).unsqueeze(0).cuda()
out = model(x)
torch.cuda.synchronize()
print("Inference took %.3f s" % (time.time() - start))
print(out.argmax(1).item())
