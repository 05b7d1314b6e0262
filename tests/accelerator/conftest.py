import os
import warnings
from pathlib import Path
from types import ModuleType

import pytest
import torch

from .simulation import Simulation

LIBRARY = "PYTIMER_TEST_PRIVATEUSE1"
NAME = "PYTIMER_TEST_PRIVATEUSE1_NAME"


@pytest.fixture(scope="session")
def registered():
    """The device, registered with torch for as long as this process lives."""
    name = os.environ[NAME]
    simulation = Simulation(Path(os.environ[LIBRARY]), name)
    if name != "privateuseone":  # as a vendor's package does
        simulation.register_hooks()
        torch.utils.rename_privateuse1_backend(name)
        module = ModuleType(f"torch.{name}")
        module.is_available = lambda: True
        module.device_count = lambda: 2
        module.current_device = simulation.current_device
        torch._register_device_module(name, module)
    return simulation


@pytest.fixture
def simulation(registered):
    registered.reset()
    yield registered
    registered.reset()


@pytest.fixture
def device(simulation):
    device = simulation.device()
    simulation.reset()  # of the events by which the device was tried
    return device


@pytest.fixture
def script():
    """A module without parameters, which calls nothing on any device."""
    with warnings.catch_warnings(action="ignore"):  # of deprecation
        return torch.jit.trace(torch.nn.Identity(), torch.ones(1))
