#pragma once

#include <dlfcn.h>

#include <cstddef>
#include <string>

#include "pytimer/error.hpp"

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

  /// The same for whatever major version this process has loaded.
  [[nodiscard]] static CudaRuntime from_process();

  /// The runtime in the shared library at `path`, which is loaded privately. Throws Error when the
  /// library cannot be opened or lacks a function.
  [[nodiscard]] static CudaRuntime from_library(const std::string& path);

  /// Throws CudaError, and clears the runtime's last error, unless `status` is cudaSuccess.
  void check(CudaStatus status, const char* call) const {
    if (status != k_cuda_success) {
      raise(status, call);
    }
  }
  /// For what cannot throw, such as a destructor: the failure is not reported, and the runtime's
  /// last error is cleared, lest torch's next launch check raise it. Returns whether it succeeded.
  bool forgive(CudaStatus status) const noexcept {
    if (status != k_cuda_success) {
      static_cast<void>(get_last_error());
    }
    return status == k_cuda_success;
  }

 private:
  [[noreturn]] void raise(CudaStatus status, const char* call) const;
};

namespace detail {

template <class Function>
void find_optional(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
}

template <class Function>
void find(void* library, const std::string& source, const char* name, Function& function) {
  find_optional(library, name, function);
  if (function == nullptr) {
    throw Error("expected a CUDA runtime with " + std::string(name) + ", but " + source +
                " has no such function; is it a supported CUDA version (12 or later)?");
  }
}

inline CudaRuntime table_of(void* library, const std::string& source) {
  CudaRuntime runtime;
  const auto bind = [&](const char* name, auto& function) {
    find(library, source, name, function);
  };
  bind("cudaEventCreateWithFlags", runtime.event_create_with_flags);
  bind("cudaEventDestroy", runtime.event_destroy);
  bind("cudaEventRecord", runtime.event_record);
  bind("cudaEventQuery", runtime.event_query);
  bind("cudaEventSynchronize", runtime.event_synchronize);
  bind("cudaEventElapsedTime", runtime.event_elapsed_time);
  bind("cudaDeviceSynchronize", runtime.device_synchronize);
  bind("cudaGetDevice", runtime.get_device);
  bind("cudaSetDevice", runtime.set_device);
  bind("cudaGetLastError", runtime.get_last_error);
  bind("cudaGetErrorName", runtime.get_error_name);
  bind("cudaGetErrorString", runtime.get_error_string);
  bind("cudaRuntimeGetVersion", runtime.runtime_get_version);
  bind("cudaDriverGetVersion", runtime.driver_get_version);
  bind("cudaLaunchKernel", runtime.launch_kernel);
  find_optional(library, "cudaLibraryLoadData", runtime.library_load_data);
  find_optional(library, "cudaLibraryGetKernel", runtime.library_get_kernel);
  find_optional(library, "cudaLibraryUnload", runtime.library_unload);
  return runtime;
}

}  // namespace detail

inline CudaRuntime CudaRuntime::from_process(int major) {
  const std::string name = "libcudart.so." + std::to_string(major);
  if (void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_NOLOAD)) {
    return detail::table_of(library, name);
  }
  if (dlsym(RTLD_DEFAULT, "cudaEventRecord") == nullptr) {
    throw Error("expected " + name +
                " in this process, found no CUDA runtime; load a CUDA build of torch first");
  }
  return detail::table_of(RTLD_DEFAULT, "this process");
}

inline CudaRuntime CudaRuntime::from_process() {
  constexpr int k_newest = 19;
  constexpr int k_oldest = 12;
  for (int major = k_newest; major > k_oldest; --major) {
    if (dlopen(("libcudart.so." + std::to_string(major)).c_str(), RTLD_NOW | RTLD_NOLOAD)) {
      return from_process(major);
    }
  }
  return from_process(k_oldest);
}

inline CudaRuntime CudaRuntime::from_library(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw Error("expected a CUDA runtime at " + path + ", could not open it: " + dlerror());
  }
  return detail::table_of(library, path);
}

inline void CudaRuntime::raise(CudaStatus status, const char* call) const {
  // The exception reports the error now; left in place, the next launch check would raise it again.
  static_cast<void>(get_last_error());
  throw CudaError(call, status, get_error_name(status), get_error_string(status));
}

}  // namespace pytimer
