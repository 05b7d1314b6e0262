#include "pytimer/cuda_clock.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include "check.hpp"
#include "pytimer/error.hpp"
#include "pytimer/timed_loop.hpp"
#include "simulated_cudart.hpp"

namespace {

using pytimer::CudaClock;
using pytimer::Samples;

const pytimer::CudaRuntime k_runtime = pytimer::CudaRuntime::from_library(SIMULATED_CUDART);

CudaClock clock_on(pytimer::StreamHandle stream = nullptr, int device = 0) {
  return CudaClock(k_runtime, stream, device, &sim_now_ns);
}

/// Launches one kernel; on call `throws_at` throws, on call `breaks_at` its kernel fails.
struct Kernel {
  std::int64_t duration_ns = 0;
  void* stream = nullptr;
  int throws_at = 0;
  int breaks_at = 0;
  std::int64_t growth_ns = 0;  // each kernel is so much longer than the one before
  int calls = 0;

  void prepare() {}
  void operator()() {
    ++calls;
    if (calls == throws_at) {
      throw std::runtime_error("asked to");
    }
    static_cast<void>(sim_launch(stream, duration_ns));
    duration_ns += growth_ns;
    if (calls == breaks_at) {
      sim_fail_asynchronously(700);
    }
  }
  void release() {}
};

void times_are_exact() {
  sim_reset();
  sim_set_record_cost(1'000);
  sim_set_launch_cost(4'000);
  Kernel kernel{50'000};
  Samples samples;
  pytimer::isolated(clock_on(), kernel, 3, samples);
  for (std::size_t i = 0; i < 3; ++i) {
    check::near(samples.device_s.at(i), 54e-6);
    check::equal(samples.enqueue_s.at(i), 4e-6);
    check::equal(samples.host_s.at(i), 55e-6);
    check::equal(samples.drain_s.at(i), 0.0);
  }
}

void another_stream_is_drained_and_not_timed() {
  sim_reset();
  auto* other = static_cast<pytimer::StreamHandle>(sim_create_stream());
  Kernel kernel{100'000, other};
  Samples samples;
  pytimer::isolated(clock_on(), kernel, 2, samples);
  check::equal(samples.device_s, std::vector<double>{0.0, 0.0});
  check::equal(samples.drain_s, std::vector<double>{100e-6, 100e-6});

  // The control arm: on the stream of the work, the same loop reads the work.
  Samples right;
  pytimer::isolated(clock_on(other), kernel, 2, right);
  check::near(right.device_s.at(1), 100e-6);
  check::equal(right.drain_s, std::vector<double>{0.0, 0.0});
}

void window_is_exact_and_reuses_its_events() {
  sim_reset();
  sim_set_launch_cost(1'000);
  Kernel kernel{20'000};
  kernel.growth_ns = 1'000;
  Samples samples;
  const double window_s = pytimer::pipelined(clock_on(), kernel, 3'000, samples).seconds();
  // 1 µs until the first kernel begins, then 20, 21, … 3019 µs without a gap.
  check::equal(window_s, (1'000 + (20'000LL + 3'019'000) * 3'000 / 2) / 1e9);
  check::equal(samples.device_s.size(), 3'000U);
  for (std::size_t i = 1; i < 3'000; ++i) {
    check::near(samples.device_s[i], static_cast<double>(20 + i) * 1e-6);
  }
  check::near(samples.finish_s.front(), 21e-6);
  check::near(samples.finish_s.back(), window_s);
  check::equal(sim_most_live_events(), 2 * static_cast<int>(CudaClock::Window::k_most_pairs) + 1);
  check::equal(sim_live_events(), 0);
}

void a_call_that_throws_leaves_samples_and_no_events() {
  sim_reset();
  Samples samples;
  Kernel isolated{10'000, nullptr, 7};
  static_cast<void>(check::message_of<std::runtime_error>(
      [&] { pytimer::isolated(clock_on(), isolated, 300, samples); }));
  check::equal(samples.device_s.size(), 6U);
  check::equal(sim_live_events(), 0);

  Kernel pipelined{10'000, nullptr, 7};
  Samples window;
  static_cast<void>(check::message_of<std::runtime_error>(
      [&] { static_cast<void>(pytimer::pipelined(clock_on(), pipelined, 300, window)); }));
  check::equal(window.device_s.size(), 6U);
  check::equal(window.enqueue_s.size(), 6U);
  check::equal(window.finish_s.size(), 6U);
  check::equal(sim_live_events(), 0);
}

void every_runtime_call_may_fail() {
  const std::vector<std::string> names{
      "cudaGetDevice",       "cudaSetDevice",        "cudaEventCreateWithFlags",
      "cudaEventRecord",     "cudaEventSynchronize", "cudaDeviceSynchronize",
      "cudaEventElapsedTime"};
  int met = 0;
  for (const std::string& name : names) {
    for (int nth = 1; nth <= 12; ++nth) {
      for (const bool window : {false, true}) {
        sim_reset();
        sim_fail_call(name.c_str(), nth, 719);
        Kernel kernel{10'000};
        Samples samples;
        try {
          if (window) {
            static_cast<void>(pytimer::pipelined(clock_on(nullptr, 1), kernel, 3, samples));
          } else {
            pytimer::isolated(clock_on(nullptr, 1), kernel, 3, samples);
          }
        } catch (const pytimer::CudaError& error) {
          ++met;
          check::equal(error.call(), name);
          check::equal(error.code(), 719);
          check::equal(k_runtime.get_last_error(), pytimer::k_cuda_success);
        }
        check::equal(sim_live_events(), 0);
        check::equal(samples.device_s.size(), samples.enqueue_s.size());
        int device = -1;
        if (k_runtime.get_device(&device) != pytimer::k_cuda_success) {  // the call that fails
          static_cast<void>(k_runtime.get_device(&device));
        }
        check::equal(device, 0);  // putting it back is tried twice
      }
    }
  }
  check::that(met > 40);
}

void an_asynchronous_error_surfaces_where_the_loop_waits() {
  sim_reset();
  Kernel kernel{10'000, nullptr, 0, 4};
  Samples samples;
  try {
    pytimer::isolated(clock_on(), kernel, 10, samples);
    check::that(false);
  } catch (const pytimer::CudaError& error) {
    check::equal(error.call(), "cudaEventSynchronize");
    check::equal(error.code(), 700);
  }
  check::equal(samples.device_s.size(), 3U);
  check::equal(sim_live_events(), 0);

  sim_reset();
  Kernel broken{10'000, nullptr, 0, 4};
  Samples window;
  const std::string text = check::message_of<pytimer::CudaError>(
      [&] { static_cast<void>(pytimer::pipelined(clock_on(), broken, 10, window)); });
  check::that(text.rfind("cudaDeviceSynchronize failed with cudaErrorIllegalAddress (700)", 0) ==
              0);
  check::equal(sim_live_events(), 0);
}

}  // namespace

int main() {
  return check::run({
      {"times are exact", times_are_exact},
      {"work on another stream is drained and not timed", another_stream_is_drained_and_not_timed},
      {"a window is exact and reuses its events", window_is_exact_and_reuses_its_events},
      {"a call that throws leaves samples and no events",
       a_call_that_throws_leaves_samples_and_no_events},
      {"every runtime call may fail", every_runtime_call_may_fail},
      {"an asynchronous error surfaces where the loop waits",
       an_asynchronous_error_surfaces_where_the_loop_waits},
  });
}
