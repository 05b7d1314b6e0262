#pragma once

#include <cstddef>
#include <string>

namespace pytimer {

struct CudaEventTag;
struct CudaStreamTag;
struct CudaLibraryTag;
struct CudaKernelTag;
/// The runtime's types without its headers: its handles are pointers, cudaError_t is an int, dim3
/// is three unsigned integers. A null stream is the legacy default stream.
using EventHandle = CudaEventTag*;
using StreamHandle = CudaStreamTag*;
using LibraryHandle = CudaLibraryTag*;
using KernelHandle = CudaKernelTag*;
using CudaStatus = int;
struct Dim3 {
  unsigned x;
  unsigned y;
  unsigned z;
};

inline constexpr CudaStatus k_cuda_success = 0;
inline constexpr CudaStatus k_cuda_not_ready = 600;

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
  CudaStatus (*event_query)(EventHandle event) = nullptr;
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
  CudaStatus (*launch_kernel)(KernelHandle kernel, Dim3 grid, Dim3 block, void** arguments,
                              std::size_t shared_bytes, StreamHandle stream) = nullptr;

  /// Since CUDA 12.8; null in an older runtime.
  CudaStatus (*library_load_data)(LibraryHandle* library, const void* code, void* jit_options,
                                  void** jit_values, unsigned jit_count, void* library_options,
                                  void** library_values, unsigned library_count) = nullptr;
  CudaStatus (*library_get_kernel)(KernelHandle* kernel, LibraryHandle library,
                                   const char* name) = nullptr;
  CudaStatus (*library_unload)(LibraryHandle library) = nullptr;

  /// Whether kernels can be loaded from PTX.
  [[nodiscard]] bool has_libraries() const noexcept {
    return library_load_data != nullptr && library_get_kernel != nullptr &&
           library_unload != nullptr;
  }

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
