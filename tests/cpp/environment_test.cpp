#include "pytimer/environment.hpp"

#include <cstdlib>
#include <string>

#include "check.hpp"
#include "simulated_cudart.hpp"

int main() {
  using namespace pytimer;
  return check::run({
      {"the host is described",
       [] {
         const Environment environment = environment_of(HostClock());
         check::equal(environment.device.name, std::string("cpu"));
         check::that(environment.host.total_memory_bytes > (1 << 20));
         check::that(environment.host.usable_cores.value_or(0) >= 1);
         check::that(environment.host.system.rfind("Linux", 0) == 0);
         check::that(!environment.torch);
       }},
      {"the CUDA runtime is described",
       [] {
         sim_reset();
         const CudaRuntime runtime = CudaRuntime::from_library(SIMULATED_CUDART);
         const Environment environment =
             environment_of(CudaClock(runtime, nullptr, 1, &sim_now_ns));
         check::equal(environment.device.name, std::string("cuda:1"));
         check::equal(environment.device.cuda_runtime_version, std::optional<std::string>("13.0"));
       }},
      {"variables that change a timing are kept",
       [] {
         setenv("OMP_NUM_THREADS", "3", 1);
         check::equal(environment_of(HostClock()).variables.at("OMP_NUM_THREADS"),
                      std::string("3"));
       }},
  });
}
