"""What is asked of NVML, against a stand-in: no GPU is here to ask."""

import os
import sys
from types import ModuleType, SimpleNamespace

import pytest

from pytimer.devices import Health
from pytimer.devices.nvml import Nvml
from pytimer.work import NotAvailable


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
        before = fake.calls.count("nvmlDeviceGetTotalEnergyConsumption")
        assert (meter.joules(), meter.joules()) == (7250.5, 7250.5)
        assert fake.calls.count("nvmlDeviceGetTotalEnergyConsumption") == before + 2
        assert fake.calls.count("nvmlInit") == 1


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("nvmlInit", "nvmlInit raised NVMLError: Not Supported"),
        ("nvmlDeviceGetHandleByUUID", "nvmlDeviceGetHandleByUUID raised NVMLError: Not Supported"),
        (
            "nvmlDeviceGetTotalEnergyConsumption",
            "NVML counts no energy of this GPU (nvmlDeviceGetTotalEnergyConsumption raised "
            "NVMLError: Not Supported)",
        ),
    ],
)
def test_energy_that_is_not_counted_has_its_reason(install, broken, reason):
    install(FakeNvml(broken=(broken,)))
    with Nvml("1234") as nvml:
        assert nvml.energy_meter().joules() == NotAvailable(reason)


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
        missing = NotAvailable("NVML does not answer (pip install nvidia-ml-py)")
        assert nvml.energy_meter().joules() == missing
        assert nvml.health().unread == missing.reason


# It vanishes in the middle.


class GpuIsLostError(NVMLError):
    pass


class DriverNotLoadedError(NVMLError):
    pass


FAULTS = [
    GpuIsLostError("GPU is lost"),
    DriverNotLoadedError("Driver Not Loaded"),
    OSError("libnvidia-ml.so.1: cannot read file data"),  # of no type that NVML knows
]
CALLS = 17  # of NVML in `everything`: 9 is the last reading of energy, 10 that of the clock


def everything(on_handle=None):
    """All that pytimer asks of NVML, in the order of a measurement."""
    with Nvml("1234") as nvml:
        facts = (nvml.driver_version(), nvml.persistence_mode(), nvml.ecc_mode(), nvml.mig_mode())
        facts += (nvml.virtualization(),)
        meter = nvml.energy_meter()
        begin_j, end_j = meter.joules(), meter.joules()
        return facts, nvml.health(), nvml.memory_of_process(), begin_j, end_j


class Vanishing(FakeNvml):
    """Raises `fault` at the call of that index and, where it is lost, at all later ones."""

    def __init__(self, fault, index, *, is_lost):
        super().__init__(pids=(os.getpid(),))
        self.fault, self.index, self.is_lost = fault, index, is_lost

    def answer(self, name, arguments):
        made = len(self.calls) - 1
        if made == self.index or (self.is_lost and made > self.index):
            raise self.fault
        return super().answer(name, arguments)


def test_the_control_arm_asks_as_often_as_the_tests_below_count(install):
    fake = install(FakeNvml(pids=(os.getpid(),)))
    whole = everything()
    assert len(fake.calls) == CALLS
    assert fake.calls[9:11] == ["nvmlDeviceGetTotalEnergyConsumption", "nvmlDeviceGetClockInfo"]
    assert whole[1:] == (Health(1.98e9, 0.5, 2.0, 0, 0.37), 1000 * os.getpid(), 7250.5, 7250.5)


@pytest.mark.parametrize("is_lost", [True, False])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("index", range(CALLS))
def test_whatever_call_fails_nothing_is_raised_and_energy_has_the_reason(
    install, index, fault, is_lost
):
    install(Vanishing(fault, index, is_lost=is_lost))
    _, health, _, begin_j, end_j = everything()
    because = f"raised {type(fault).__name__}: {fault}"
    for joules in (begin_j, end_j):
        assert joules == 7250.5 or because in joules.reason
    assert health.sm_clock_hz == 1.98e9 or because in health.unread
    if is_lost:
        assert isinstance(end_j, NotAvailable) == (index <= 9)
        assert (health.sm_clock_hz is None) == (index <= 10)


def test_a_gpu_that_is_lost_between_two_readings_has_the_reason_of_the_second(install):
    fake = install(FakeNvml())
    with Nvml("1234") as nvml:
        meter = nvml.energy_meter()
        assert meter.joules() == 7250.5
        fake.broken = ("nvmlDeviceGetTotalEnergyConsumption",)
        assert meter.joules() == NotAvailable(
            "nvmlDeviceGetTotalEnergyConsumption raised NVMLError: Not Supported"
        )


def test_a_function_that_an_old_driver_lacks_is_not_known_and_costs_nothing_else(install):
    class Old(FakeNvml):
        def __getattr__(self, name):
            if name in ("nvmlDeviceGetTotalEnergyConsumption", "nvmlDeviceGetMigMode"):
                raise AttributeError(f"module 'pynvml' has no attribute '{name}'")
            return super().__getattr__(name)

    install(Old())
    with Nvml("1234") as nvml:
        assert (nvml.mig_mode(), nvml.ecc_mode()) == (None, True)
        assert "has no attribute" in nvml.energy_meter().joules().reason


def test_an_answer_of_another_form_is_not_known(install):
    class Other(FakeNvml):
        def answer(self, name, arguments):
            known = super().answer(name, arguments)
            return "?" if name.startswith("nvmlDeviceGet") and known != "handle" else known

    install(Other())
    facts, health, *_ = everything()
    assert facts[2:] == (None, None, None) or facts[2] is True
    assert health == Health(None, None, None, None, None)
    assert "nvmlDeviceGetClockInfo" in health.unread


def test_a_package_that_cannot_be_imported_is_nothing_known(monkeypatch):
    class Broken:
        def find_spec(self, name, path=None, target=None):
            if name == "pynvml":
                raise OSError("truncated")
            return

    monkeypatch.delitem(sys.modules, "pynvml", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with Nvml("1234") as nvml:
        assert nvml.health() == Health()
        assert "cannot be imported (OSError: truncated)" in nvml.energy_meter().joules().reason
