"""Settings are read and applied in processes of their own, so that no other test meets them."""

import json
import subprocess
import sys

CHANGED = """
import torch
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.backends.cudnn.benchmark = True
torch.backends.cudnn.conv.fp32_precision = "ieee"
torch.backends.cuda.matmul.fp32_precision = "tf32"
torch.backends.mkldnn.enabled = False
torch.backends.cuda.enable_math_sdp(False)
torch.use_deterministic_algorithms(True, warn_only=True)
"""
SHOW = """
import json
from pytimer import codec
from pytimer.torch_settings import TorchSettings
print(json.dumps(codec.encode(TorchSettings.here())))
"""


def printed(code):
    return json.loads(subprocess.check_output([sys.executable, "-c", code], text=True))


def test_settings_of_one_process_can_be_applied_in_another():
    changed, usual = printed(CHANGED + SHOW), printed(SHOW)
    for name in changed:  # each kind of setting differs, so that none is equal by chance
        assert changed[name] != usual[name], name
    apply = f"""
from pytimer import codec
from pytimer.torch_settings import TorchSettings
codec.decode(TorchSettings, {changed!r}).apply()
"""
    assert printed(apply + SHOW) == changed


def test_the_precision_of_all_backends_is_applied_too():
    """Each after another than it, so that none is there already."""
    precisions = ["medium", "high", "highest"]
    changed = printed(
        f"""
import json, torch
from pytimer import codec
from pytimer.torch_settings import TorchSettings
seen = []
for precision in {precisions}:
    torch.set_float32_matmul_precision(precision)
    seen.append(codec.encode(TorchSettings.here()))
print(json.dumps(seen))
"""
    )
    assert [settings["float32_matmul_precision"] for settings in changed] == precisions
    applied = printed(
        f"""
import json
from pytimer import codec
from pytimer.torch_settings import TorchSettings
seen = []
for settings in {changed!r}:
    codec.decode(TorchSettings, settings).apply()
    seen.append(codec.encode(TorchSettings.here()))
print(json.dumps(seen))
"""
    )
    assert applied == changed


def test_a_precision_of_a_single_backend_does_not_stop_a_measurement():
    """torch then refuses to tell the precision of all."""
    measured = printed("""
import json, torch, pytimer
torch.backends.cuda.matmul.fp32_precision = "tf32"
result = pytimer.measure_latency(int, (), repetitions=1, warm_up=0)
print(json.dumps(dict(result.environment.torch.settings.flags)))
""")
    assert measured["backends.cuda.matmul.fp32_precision"] == "tf32"
