#include "pytimer/cuda_runtime.hpp"

#include <dlfcn.h>

#include <string>

#include "pytimer/error.hpp"

namespace pytimer {
namespace {

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

CudaRuntime fill(void* library, const std::string& source) {
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

}  // namespace

CudaRuntime CudaRuntime::from_process(int major) {
  const std::string name = "libcudart.so." + std::to_string(major);
  if (void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_NOLOAD)) {
    return fill(library, name);
  }
  if (dlsym(RTLD_DEFAULT, "cudaEventRecord") == nullptr) {
    throw Error("expected " + name +
                " in this process, found no CUDA runtime; import a CUDA build of torch first");
  }
  return fill(RTLD_DEFAULT, "this process");
}

CudaRuntime CudaRuntime::from_library(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw Error("expected a CUDA runtime at " + path + ", could not open it: " + dlerror());
  }
  return fill(library, path);
}

void CudaRuntime::raise(CudaStatus status, const char* call) const {
  // The exception reports the error now; left in place, the next launch check would raise it again.
  static_cast<void>(get_last_error());
  throw CudaError(call, status, get_error_name(status), get_error_string(status));
}

}  // namespace pytimer
