"""What is asked of NVML, against a stand-in: no GPU is here to ask."""

import os
import sys
from types import ModuleType, SimpleNamespace

import pytest

from pytimer.devices import Health
from pytimer.devices.nvml import Nvml


class NVMLError(Exception):
    pass


class FakeNvml(ModuleType):
    """Answers for one GPU; functions named in `broken` raise."""

    NVMLError = NVMLError
    NVML_CLOCK_SM = 1
    NVML_PERF_POLICY_POWER = "power"
    NVML_PERF_POLICY_THERMAL = "thermal"

    def __init__(self, pids=(), broken=()):
        super().__init__("pynvml")
        self.pids = pids
        self.broken = broken
        self.calls = []

    def __getattr__(self, name):
        if not name.startswith("nvml"):
            raise AttributeError(name)

        def function(*arguments):
            self.calls.append(name)
            if name in self.broken:
                raise NVMLError("Not Supported")
            return self.answer(name, arguments)

        return function

    def answer(self, name, arguments):
        on_device = {
            "nvmlDeviceGetClockInfo": 1980,
            "nvmlDeviceGetUtilizationRates": SimpleNamespace(gpu=37),
            "nvmlDeviceGetComputeRunningProcesses": [
                SimpleNamespace(pid=p, usedGpuMemory=1000 * p) for p in self.pids
            ],
            "nvmlDeviceGetPersistenceMode": 1,
            "nvmlDeviceGetEccMode": [1, 1],
            "nvmlDeviceGetMigMode": [0, 0],
            "nvmlDeviceGetVirtualizationMode": 1,
            "nvmlDeviceGetTotalEnergyConsumption": 7_250_500,
        }
        if name == "nvmlDeviceGetHandleByUUID":
            assert arguments == ("GPU-1234",)
            return "handle"
        if name == "nvmlSystemGetDriverVersion":
            return "580.1"
        if name in ("nvmlInit", "nvmlShutdown"):
            return None
        assert arguments[0] == "handle"
        if name == "nvmlDeviceGetViolationStatus":
            return SimpleNamespace(violationTime={"power": 5e8, "thermal": 2e9}[arguments[1]])
        return on_device[name]


@pytest.fixture
def install(monkeypatch):
    def install(fake):
        monkeypatch.setitem(sys.modules, "pynvml", fake)
        return fake

    return install


def test_facts_and_health_in_our_units(install):
    fake = install(FakeNvml(pids=(os.getpid(), 77)))
    with Nvml("1234") as nvml:
        assert nvml.driver_version() == "580.1"
        assert (nvml.persistence_mode(), nvml.ecc_mode(), nvml.mig_mode()) == (True, True, False)
        assert nvml.virtualization() == "passthrough"
        assert nvml.health() == Health(1.98e9, 0.5, 2.0, 1, 0.37)
    assert fake.calls[0] == "nvmlInit"
    assert fake.calls[-1] == "nvmlShutdown"


def test_memory_of_this_process(install):
    install(FakeNvml(pids=(77, os.getpid())))
    with Nvml("1234") as nvml:
        assert nvml.memory_of_process() == 1000 * os.getpid()
    install(FakeNvml(pids=(77,)))  # in a container this process goes by another number
    with Nvml("1234") as nvml:
        assert nvml.memory_of_process() is None


def test_in_a_container_this_process_is_one_of_those_counted(install):
    install(FakeNvml(pids=(901, 902)))
    with Nvml("1234") as nvml:
        assert nvml.health().other_processes == 1


def test_alone_is_alone(install):
    for pids in ((), (os.getpid(),), (901,)):
        install(FakeNvml(pids=pids))
        with Nvml("1234") as nvml:
            assert nvml.health().other_processes == 0


def test_what_is_not_supported_is_none_and_not_fatal(install):
    install(FakeNvml(broken=("nvmlDeviceGetEccMode", "nvmlDeviceGetViolationStatus")))
    with Nvml("1234") as nvml:
        assert nvml.ecc_mode() is None
        assert nvml.health() == Health(1.98e9, None, None, 0, 0.37)


def test_energy_is_told_in_joules_as_often_as_it_is_read(install):
    fake = install(FakeNvml())
    with Nvml("1234") as nvml:
        meter = nvml.energy_meter()
        assert meter.missing == ""
        before = fake.calls.count("nvmlDeviceGetTotalEnergyConsumption")
        assert (meter.joules(), meter.joules()) == (7250.5, 7250.5)
        assert fake.calls.count("nvmlDeviceGetTotalEnergyConsumption") == before + 2
        assert fake.calls.count("nvmlInit") == 1


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("nvmlInit", "NVML does not answer (pip install nvidia-ml-py)"),
        ("nvmlDeviceGetHandleByUUID", "NVML does not answer (pip install nvidia-ml-py)"),
        ("nvmlDeviceGetTotalEnergyConsumption", "NVML counts no energy of this GPU"),
    ],
)
def test_energy_that_is_not_counted_has_its_reason(install, broken, reason):
    install(FakeNvml(broken=(broken,)))
    with Nvml("1234") as nvml:
        meter = nvml.energy_meter()
        assert (meter.joules(), meter.missing) == (None, reason)


@pytest.mark.parametrize("broken", ["nvmlInit", "nvmlDeviceGetHandleByUUID"])
def test_nvml_that_does_not_answer_is_nothing_known(install, broken):
    install(FakeNvml(broken=(broken,)))
    with Nvml("1234") as nvml:
        assert nvml.persistence_mode() is None
        assert nvml.health() == Health()


def test_without_the_package_nothing_is_known(install):
    install(None)
    with Nvml("1234") as nvml:
        assert nvml.driver_version() is None
        assert nvml.health() == Health()
