# right: request round trips measured on the client, printing outside the interval
import statistics
import sys
import time

import requests

url = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000/predict"
session = requests.Session()
payload = {"text": "hello", "top_k": 3}
session.post(url, json=payload, timeout=30)

rtts = []
for i in range(50):
    t = time.monotonic()
    resp = session.post(url, json=payload, timeout=30)
    rtts.append((time.monotonic() - t) * 1000)
    print(i, resp.status_code, f"{rtts[-1]:.1f} ms")

print("median round trip", round(statistics.median(rtts), 1), "ms")
