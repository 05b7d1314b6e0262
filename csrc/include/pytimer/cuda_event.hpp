#pragma once

#include <utility>

#include "pytimer/cuda_runtime.hpp"

namespace pytimer {

/// Owns one CUDA event with timing enabled (the default flags; never cudaEventBlockingSync).
///
/// Belongs to the device that was current at construction. Move-only. Used by one thread at a time.
/// The runtime table must outlive it. The destructor reports nothing.
class CudaEvent {
 public:
  explicit CudaEvent(const CudaRuntime& runtime) : runtime_(&runtime) {
    runtime.check(runtime.event_create_with_flags(&handle_, 0), "cudaEventCreateWithFlags");
  }
  ~CudaEvent() {
    if (handle_ != nullptr) {
      runtime_->forgive(runtime_->event_destroy(handle_));
    }
  }
  CudaEvent(CudaEvent&& other) noexcept
      : runtime_(other.runtime_), handle_(std::exchange(other.handle_, nullptr)) {}
  CudaEvent& operator=(CudaEvent&& other) noexcept {
    std::swap(runtime_, other.runtime_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  CudaEvent(const CudaEvent&) = delete;
  CudaEvent& operator=(const CudaEvent&) = delete;

  /// Puts the event on `stream`.
  void record(StreamHandle stream) {
    runtime_->check(runtime_->event_record(handle_, stream), "cudaEventRecord");
  }

  /// Whether the device has passed the event; does not wait. Asynchronous errors surface here.
  [[nodiscard]] bool has_passed() const {
    const CudaStatus status = runtime_->event_query(handle_);
    if (status == k_cuda_not_ready) {
      // The answer also becomes the runtime's last error, which torch's next launch would raise.
      static_cast<void>(runtime_->get_last_error());
      return false;
    }
    runtime_->check(status, "cudaEventQuery");
    return true;
  }

  /// Blocks the host until the device has passed the event. Asynchronous errors surface here.
  void synchronize() const {
    runtime_->check(runtime_->event_synchronize(handle_), "cudaEventSynchronize");
  }

  /// Seconds on the device from `start` to this event; both must have been passed.
  [[nodiscard]] double seconds_since(const CudaEvent& start) const {
    float milliseconds = 0.0F;
    runtime_->check(runtime_->event_elapsed_time(&milliseconds, start.handle_, handle_),
                    "cudaEventElapsedTime");
    return static_cast<double>(milliseconds) / 1e3;
  }

 private:
  const CudaRuntime* runtime_;
  EventHandle handle_ = nullptr;
};

/// Makes `device` current, and the previous device again at the end of its life.
class CudaDeviceGuard {
 public:
  CudaDeviceGuard(const CudaRuntime& runtime, int device) : runtime_(runtime) {
    runtime.check(runtime.get_device(&previous_), "cudaGetDevice");
    if (previous_ != device) {
      runtime.check(runtime.set_device(device), "cudaSetDevice");
      changed_ = true;
    }
  }
  ~CudaDeviceGuard() {
    // A failure here may be of earlier asynchronous work; then the second attempt succeeds.
    if (changed_ && !runtime_.forgive(runtime_.set_device(previous_))) {
      runtime_.forgive(runtime_.set_device(previous_));
    }
  }
  CudaDeviceGuard(const CudaDeviceGuard&) = delete;
  CudaDeviceGuard& operator=(const CudaDeviceGuard&) = delete;

 private:
  const CudaRuntime& runtime_;
  int previous_ = 0;
  bool changed_ = false;
};

}  // namespace pytimer
