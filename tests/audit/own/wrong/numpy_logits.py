# mistakes: sync-in-timing@24
import logging
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

logging.basicConfig(level=logging.INFO)
NAME = "distilbert-base-uncased-finetuned-sst-2-english"

tokenizer = AutoTokenizer.from_pretrained(NAME)
sentiment = AutoModelForSequenceClassification.from_pretrained(NAME).cuda().eval()
batch = tokenizer(["a fine film", "not for me"], padding=True, return_tensors="pt").to("cuda")


@torch.no_grad()
def run(reps):
    for _ in range(10):
        sentiment(**batch)
    ms = []
    for _ in range(reps):
        ev_a = torch.cuda.Event(enable_timing=True)
        ev_b = torch.cuda.Event(enable_timing=True)
        ev_a.record()
        logits = sentiment(**batch).logits
        scores = logits.softmax(-1).cpu().numpy()
        ev_b.record()
        ev_b.synchronize()
        ms.append(ev_a.elapsed_time(ev_b))
    return ms, scores


ms, scores = run(200)
logging.info("forward %.2f ms; last scores %s", sum(ms) / len(ms), scores)
