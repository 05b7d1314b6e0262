#include "pytimer/throughput.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "check.hpp"
#include "pytimer/cuda_clock.hpp"
#include "simulated_cudart.hpp"

namespace {

using namespace pytimer;

const CudaRuntime k_runtime = CudaRuntime::from_library(SIMULATED_CUDART);
const CudaClock k_device(k_runtime, nullptr, 0, &sim_now_ns);

ThroughputPlan plan_of(std::size_t batches, std::size_t warm_up) {
  ThroughputPlan plan;
  plan.batches = batches;
  plan.warm_up = warm_up;
  return plan;
}

void rate_is_batches_times_batch_size_over_one_window() {
  sim_reset();
  sim_set_launch_cost(1'000);
  const auto call = [] { static_cast<void>(sim_launch(nullptr, 20'000)); };
  const Throughput throughput = measure_throughput(k_device, call, 4, plan_of(100, 2));
  // 1 µs until the first kernel begins, then 100 × 20 µs.
  check::equal(throughput.window.seconds(), 2001e-6);
  check::near(throughput.items_per_s(), 400 / 2001e-6);
  check::near(throughput.event_items_per_s(), 400 / 2001e-6);
  check::equal(throughput.calls(), 100U);
  check::equal(throughput.warm_up.device_s.size(), 2U);
}

void idle_time_is_in_the_window_only() {
  sim_reset();
  struct Idle {
    ~Idle() { sim_host_work(30'000); }
  };
  const auto call = [] {
    static_cast<void>(sim_launch(nullptr, 20'000));
    return std::make_unique<Idle>();
  };
  const Throughput throughput = measure_throughput(k_device, call, 1, plan_of(10, 0));
  check::equal(throughput.window.seconds(), 300e-6);
  check::near(throughput.event_items_per_s(), 10 / 200e-6);
}

void a_call_that_throws_leaves_those_before() {
  int calls = 0;
  try {
    static_cast<void>(measure_throughput(
        HostClock(),
        [&] {
          if (++calls == 5) {
            throw std::runtime_error("fifth");
          }
        },
        1, plan_of(100, 0)));
    check::that(false);
  } catch (const Incomplete<Throughput>& error) {
    check::equal(std::string(error.what()), std::string("call 5 of 100 failed: fifth"));
    check::equal(error.so_far().calls(), 4U);
  }
}

void a_stop_ends_the_window() {
  Stop stop;
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request();
  });
  const Throughput throughput = measure_throughput(
      HostClock(), [] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }, 1,
      plan_of(1'000'000, 0), {}, &stop);
  other.join();
  check::that(throughput.calls() > 0 && throughput.calls() < 1'000'000);
  check::that(throughput.items_per_s() <= 500);
}

void bad_plans_are_refused() {
  const auto measure = [](std::size_t batch_size, std::size_t batches) {
    static_cast<void>(measure_throughput(HostClock(), [] {}, batch_size, plan_of(batches, 0)));
  };
  check::equal(check::message_of<std::invalid_argument>([&] { measure(0, 1); }),
               std::string("batch_size must be at least 1, got 0"));
  check::equal(check::message_of<std::invalid_argument>([&] { measure(1, 0); }),
               std::string("batches must be at least 1, got 0"));
}

}  // namespace

int main() {
  return check::run({
      {"rate is batches × batch size over one window",
       rate_is_batches_times_batch_size_over_one_window},
      {"idle time is in the window only", idle_time_is_in_the_window_only},
      {"a call that throws leaves those before", a_call_that_throws_leaves_those_before},
      {"a stop ends the window", a_stop_ends_the_window},
      {"bad plans are refused", bad_plans_are_refused},
      {"nothing measured is no rate", [] { check::equal(Throughput().items_per_s(), 0.0); }},
  });
}
