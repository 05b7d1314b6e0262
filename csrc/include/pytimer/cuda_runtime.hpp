#pragma once

#include <string>

namespace pytimer {

struct CudaEventTag;
struct CudaStreamTag;
/// cudaEvent_t, cudaStream_t and cudaError_t without the CUDA headers (the ABI is a pointer, a
/// pointer and an int). A null stream is the legacy default stream.
using EventHandle = CudaEventTag*;
using StreamHandle = CudaStreamTag*;
using CudaStatus = int;

inline constexpr CudaStatus k_cuda_success = 0;

/// The functions of the CUDA runtime that pytimer calls, found at run time.
///
/// pytimer links no CUDA library: it calls the runtime that the process has loaded already
/// (torch's, or the harness's own), so that one binary works with and without CUDA and there is
/// never a second runtime. A table is immutable after loading and may be shared by threads. The
/// library it came from is never closed.
struct CudaRuntime {
  CudaStatus (*event_create_with_flags)(EventHandle* event, unsigned flags) = nullptr;
  CudaStatus (*event_destroy)(EventHandle event) = nullptr;
  CudaStatus (*event_record)(EventHandle event, StreamHandle stream) = nullptr;
  CudaStatus (*event_synchronize)(EventHandle event) = nullptr;
  CudaStatus (*event_elapsed_time)(float* milliseconds, EventHandle start,
                                   EventHandle stop) = nullptr;
  CudaStatus (*device_synchronize)() = nullptr;
  CudaStatus (*get_device)(int* device) = nullptr;
  CudaStatus (*set_device)(int device) = nullptr;
  CudaStatus (*get_last_error)() = nullptr;
  const char* (*get_error_name)(CudaStatus status) = nullptr;
  const char* (*get_error_string)(CudaStatus status) = nullptr;
  CudaStatus (*runtime_get_version)(int* version) = nullptr;
  CudaStatus (*driver_get_version)(int* version) = nullptr;

  /// The runtime this process has loaded: libcudart.so.`major` if loaded, else the process's global
  /// symbols. Loads nothing. Throws Error when there is none.
  [[nodiscard]] static CudaRuntime from_process(int major);

  /// The runtime in the shared library at `path`, which is loaded privately. Throws Error when the
  /// library cannot be opened or lacks a function.
  [[nodiscard]] static CudaRuntime from_library(const std::string& path);

  /// Throws CudaError, and clears the runtime's last error, unless `status` is cudaSuccess.
  void check(CudaStatus status, const char* call) const {
    if (status != k_cuda_success) {
      raise(status, call);
    }
  }

 private:
  [[noreturn]] void raise(CudaStatus status, const char* call) const;
};

}  // namespace pytimer
