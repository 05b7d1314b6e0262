#include "pytimer/cuda_runtime.hpp"

#include <string>

#include "check.hpp"
#include "pytimer/error.hpp"
#include "simulated_cudart.hpp"

int main() {
  using pytimer::CudaRuntime;
  const CudaRuntime runtime = CudaRuntime::from_library(SIMULATED_CUDART);
  return check::run({
      {"the table calls the library's functions",
       [&] {
         sim_reset();
         int version = 0;
         runtime.check(runtime.runtime_get_version(&version), "cudaRuntimeGetVersion");
         check::equal(version, 13000);
         check::equal(sim_calls("cudaRuntimeGetVersion"), 1);
       }},
      {"a runtime linked into the process is found by its symbols",
       [] {
         sim_reset();
         int device = -1;
         check::equal(CudaRuntime::from_process(99).get_device(&device), 0);
         check::equal(sim_calls("cudaGetDevice"), 1);
       }},
      {"a missing library is named",
       [] {
         const std::string text = check::message_of<pytimer::Error>(
             [] { static_cast<void>(CudaRuntime::from_library("/nowhere/libcudart.so")); });
         check::that(text.find("/nowhere/libcudart.so") != std::string::npos);
       }},
      {"a library that is no CUDA runtime is refused by the function it lacks",
       [] {
         const std::string text = check::message_of<pytimer::Error>(
             [] { static_cast<void>(CudaRuntime::from_library("libm.so.6")); });
         check::that(text.find("libm.so.6 has no such function") != std::string::npos);
         check::that(text.find("cudaEventCreateWithFlags") != std::string::npos);
       }},
      {"an error has call, code, name and text, and is cleared",
       [&] {
         sim_reset();
         sim_fail_call("cudaSetDevice", 1, 2);
         try {
           runtime.check(runtime.set_device(0), "cudaSetDevice");
           check::that(false);
         } catch (const pytimer::CudaError& error) {
           check::equal(error.call(), "cudaSetDevice");
           check::equal(error.code(), 2);
           check::equal(std::string(error.what()),
                        "cudaSetDevice failed with cudaErrorMemoryAllocation (2): out of memory");
         }
         check::equal(runtime.get_last_error(), pytimer::k_cuda_success);
       }},
  });
}
