import pytest

from .simulation import SimulatedDevice, Simulation, build


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    return build(tmp_path_factory.mktemp("simulation"))


@pytest.fixture
def simulation(library):
    simulation = Simulation(library)
    simulation.reset()
    yield simulation
    simulation.reset()


@pytest.fixture
def device(simulation):
    return SimulatedDevice(simulation)
