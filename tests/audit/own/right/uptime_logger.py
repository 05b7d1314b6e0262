# right: logs the uptime of a server that happens to use a GPU model; no latency is claimed
import logging
import threading
import time

import torch

log = logging.getLogger(__name__)
BOOT = time.time()


class Worker:
    def __init__(self, path):
        self.net = torch.jit.load(path, map_location="cuda").eval()
        self.served = 0

    @torch.inference_mode()
    def predict(self, batch):
        out = self.net(batch.to("cuda"))
        self.served += batch.shape[0]
        return out.cpu()


def heartbeat(worker, every=30.0):
    while True:
        up = time.time() - BOOT
        log.info("up %dh%02dm, %d items served so far", up // 3600, up % 3600 // 60, worker.served)
        time.sleep(every)


def spawn(path):
    w = Worker(path)
    threading.Thread(target=heartbeat, args=(w,), daemon=True).start()
    return w
