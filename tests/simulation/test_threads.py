"""The simulated runtime keeps apart what CUDA keeps apart: each thread has a device of its own."""

import threading


def test_each_thread_has_its_own_current_device(simulation):
    def elsewhere():
        simulation.check("cudaSetDevice", 1)
        devices.append(simulation.current_device())

    devices = []
    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert devices == [1]
    assert simulation.current_device() == 0


def test_a_device_is_waited_for_with_the_streams_that_were_made_on_it(simulation):
    """Whichever device was current when they were made."""
    simulation.launch(5_000, simulation.create_stream(1))
    simulation.check("cudaDeviceSynchronize")
    assert simulation.now_ns() == 0
    simulation.check("cudaSetDevice", 1)
    simulation.check("cudaDeviceSynchronize")
    assert simulation.now_ns() == 5_000
