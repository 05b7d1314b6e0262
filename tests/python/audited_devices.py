"""Devices to audit calls on without having them."""

from contextlib import nullcontext

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from pytimer.devices import HostDevice, Observed


class Elsewhere(HostDevice):
    """A device whose tensors are on `place`; it notes of each call what it is told to."""

    asynchronous = False

    def __init__(self, place: str, observed: Observed | None = None) -> None:
        self.name = place
        self._observed = observed or Observed()

    def place(self, tensor: torch.Tensor) -> torch.Tensor:
        return torch.empty_like(tensor, device=self.name)

    def observe(self, call) -> Observed:
        call()
        return self._observed

    def as_current(self):
        return nullcontext()


META = Elsewhere("meta")


@pytest.fixture
def cuda():
    """Tensors that say they are on a GPU, and hold nothing."""
    with FakeTensorMode():
        yield Elsewhere("cuda:0")
