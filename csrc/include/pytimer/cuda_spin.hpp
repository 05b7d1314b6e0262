#pragma once

#include <cstdint>

#include "pytimer/cuda_runtime.hpp"
#include "pytimer/error.hpp"
#include "pytimer/spin_ptx.hpp"

namespace pytimer {

/// A kernel that occupies a stream for a stated time, so that what is put behind it waits.
///
/// It always ends: it is bounded by the device's timer, and by a number of polls besides. One
/// thread of one block; it leaves the rest of the device free. Loading compiles PTX and is slow;
/// launching is as cheap as any launch. The runtime table must outlive it.
class CudaSpin {
 public:
  /// Loads the kernel. Throws Error where the runtime is older than CUDA 12.8 and cannot load one.
  explicit CudaSpin(const CudaRuntime& runtime) : runtime_(runtime) {
    if (!runtime.has_libraries()) {
      throw Error("expected a CUDA runtime of 12.8 or later for the spin kernel, got an older one");
    }
    runtime_.check(
        runtime_.library_load_data(&library_, k_spin_ptx, nullptr, nullptr, 0, nullptr, nullptr, 0),
        "cudaLibraryLoadData");
    const CudaStatus found = runtime_.library_get_kernel(&kernel_, library_, k_spin_kernel);
    if (found != k_cuda_success) {
      runtime_.forgive(runtime_.library_unload(library_));
      runtime_.check(found, "cudaLibraryGetKernel");
    }
  }
  ~CudaSpin() { runtime_.forgive(runtime_.library_unload(library_)); }
  CudaSpin(const CudaSpin&) = delete;
  CudaSpin& operator=(const CudaSpin&) = delete;

  /// Puts a spin of `duration_ns` on `stream`. Where `stamps` is not null it is device memory for
  /// two values, which receive the device's global timer, nanoseconds, at start and end.
  void launch(StreamHandle stream, std::int64_t duration_ns,
              std::uint64_t* stamps = nullptr) const {
    auto duration = static_cast<std::uint64_t>(duration_ns);
    void* arguments[] = {&duration, &stamps};
    constexpr Dim3 k_one{1, 1, 1};
    runtime_.check(runtime_.launch_kernel(kernel_, k_one, k_one, arguments, 0, stream),
                   "cudaLaunchKernel");
  }

 private:
  CudaRuntime runtime_;
  LibraryHandle library_ = nullptr;
  KernelHandle kernel_ = nullptr;
};

}  // namespace pytimer
