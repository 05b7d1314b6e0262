#include "pytimer/cuda_queued.hpp"

#include <cstdint>
#include <vector>

#include "check.hpp"
#include "pytimer/error.hpp"
#include "pytimer/timed_loop.hpp"
#include "simulated_cudart.hpp"

namespace {

const pytimer::CudaRuntime k_runtime = pytimer::CudaRuntime::from_library(SIMULATED_CUDART);

/// Launches kernels of 2 µs, each launch costing what the simulation is told.
struct Kernels {
  int count;

  void prepare() {}
  void operator()() {
    for (int i = 0; i < count; ++i) {
      static_cast<void>(sim_launch(nullptr, 2'000));
    }
  }
  void release() {}
};

pytimer::Samples measure(const pytimer::CudaSpin& spin, std::int64_t spin_ns, int count) {
  const pytimer::CudaClock clock(k_runtime, nullptr, 0, &sim_now_ns);
  Kernels kernels{count};
  pytimer::Samples samples;
  pytimer::isolated(pytimer::CudaQueuedClock(clock, spin, spin_ns), kernels, 3, samples);
  return samples;
}

void launches_are_hidden() {
  sim_reset();
  sim_set_launch_cost(5'000);
  const pytimer::CudaSpin spin(k_runtime);
  const pytimer::Samples samples = measure(spin, 100'000, 10);
  check::equal(samples.clean, std::vector<std::uint8_t>{1, 1, 1});
  check::near(samples.device_s.at(2), 20e-6);
  check::equal(samples.enqueue_s.at(2), 50e-6);
  check::that(samples.host_s.empty());
  check::equal(sim_live_events(), 0);
}

void too_short_a_spin_hides_only_a_part() {
  sim_reset();
  sim_set_launch_cost(5'000);
  const pytimer::CudaSpin spin(k_runtime);
  const pytimer::Samples samples = measure(spin, 20'000, 10);
  check::equal(samples.clean, std::vector<std::uint8_t>{0, 0, 0});
  // The spin is over at 25; the last kernel begins when its launch is done, at 55, and ends at 57.
  check::near(samples.device_s.at(2), 32e-6);
}

void the_spin_stamps_itself() {
  sim_reset();
  const pytimer::CudaSpin spin(k_runtime);
  std::uint64_t stamps[2] = {};
  spin.launch(nullptr, 70'000, stamps);
  check::equal(stamps[1] - stamps[0], 70'000U);
}

void a_runtime_without_libraries_is_refused() {
  pytimer::CudaRuntime old = k_runtime;
  old.library_load_data = nullptr;
  const std::string text =
      check::message_of<pytimer::Error>([&] { const pytimer::CudaSpin spin(old); });
  check::that(text.find("12.8 or later") != std::string::npos);
}

void a_kernel_that_is_not_found_unloads_the_library() {
  sim_reset();
  sim_fail_call("cudaLibraryGetKernel", 1, 500);
  static_cast<void>(
      check::message_of<pytimer::CudaError>([] { const pytimer::CudaSpin spin(k_runtime); }));
  check::equal(sim_calls("cudaLibraryUnload"), 1);
}

}  // namespace

int main() {
  return check::run({
      {"launches are hidden behind the spin", launches_are_hidden},
      {"too short a spin hides only a part", too_short_a_spin_hides_only_a_part},
      {"the spin stamps itself", the_spin_stamps_itself},
      {"a runtime without libraries is refused", a_runtime_without_libraries_is_refused},
      {"a kernel that is not found unloads the library",
       a_kernel_that_is_not_found_unloads_the_library},
  });
}
