import signal

import pytest


@pytest.fixture
def heard_interrupts():
    """A shell that puts the tests into the background has SIGINT ignored, and that is inherited."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
