#pragma once

#include "pytimer/cuda_event.hpp"
#include "pytimer/cuda_runtime.hpp"
#include "pytimer/event_clock.hpp"
#include "pytimer/host_clock.hpp"

namespace pytimer {

/// A stream of a CUDA device, as EventClock asks for it. The handle must belong to the device.
struct CudaStream {
  using Event = CudaEvent;
  using DeviceGuard = CudaDeviceGuard;

  CudaRuntime runtime;
  StreamHandle handle;
  int device;

  [[nodiscard]] CudaEvent make_event() const { return CudaEvent(runtime); }
  void record(CudaEvent& event) const { event.record(handle); }
  [[nodiscard]] CudaDeviceGuard make_current() const { return {runtime, device}; }
  void synchronize_device() const {
    runtime.check(runtime.device_synchronize(), "cudaDeviceSynchronize");
  }
};

/// Times calls that put work on a CUDA stream, by CUDA events.
class CudaClock : public EventClock<CudaStream> {
 public:
  CudaClock(const CudaRuntime& runtime, StreamHandle stream, int device,
            HostNow now = &steady_now_ns, HostWait wait = &steady_wait) noexcept
      : EventClock({runtime, stream, device}, now, wait) {}
};

}  // namespace pytimer
