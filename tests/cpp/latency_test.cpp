#include "pytimer/latency.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "check.hpp"
#include "pytimer/error.hpp"
#include "simulated_cudart.hpp"

namespace {

using namespace pytimer;

std::int64_t now_ns = 0;
std::int64_t virtual_now() { return now_ns; }
const HostClock k_host(&virtual_now);
const CudaRuntime k_runtime = CudaRuntime::from_library(SIMULATED_CUDART);
const CudaClock k_device(k_runtime, nullptr, 0, &sim_now_ns);

LatencyPlan plan_of(std::size_t warm_up, std::size_t repetitions, Mode mode = Mode::isolated) {
  LatencyPlan plan;
  plan.warm_up = warm_up;
  plan.repetitions = repetitions;
  plan.mode = mode;
  return plan;
}

void warm_up_is_kept_apart() {
  int calls = 0;
  const Latency latency = measure_latency(k_host, [&] { now_ns += ++calls; }, plan_of(3, 4));
  check::equal(latency.warm_up.host_s, std::vector<double>{1e-9, 2e-9, 3e-9});
  check::equal(latency.latency_s(), std::vector<double>{4e-9, 5e-9, 6e-9, 7e-9});
  check::equal(calls, 7);
  check::equal(latency.floor_s, 0.0);
  check::that(!latency.window && !latency.spin_s);
}

void what_a_call_returns_is_dropped_outside_the_interval() {
  struct Slow {
    ~Slow() { now_ns += 1'000; }
  };
  const Latency latency = measure_latency(
      k_host,
      [] {
        now_ns += 10;
        return std::make_unique<Slow>();
      },
      plan_of(0, 3));
  check::equal(latency.latency_s(), std::vector<double>{10e-9, 10e-9, 10e-9});
}

void device_time_is_the_headline() {
  sim_reset();
  sim_set_record_cost(1'000);
  sim_set_launch_cost(4'000);
  const Latency latency =
      measure_latency(k_device, [] { static_cast<void>(sim_launch(nullptr, 50'000)); });
  check::equal(latency.latency_s().size(), 300U);
  check::near(latency.latency_s().at(299), 54e-6);
  check::equal(latency.samples.host_s.at(299), 55e-6);
  check::near(latency.floor_s, 1e-6);
  check::equal(sim_live_events(), 0);
}

void queued_calls_hide_their_launches() {
  sim_reset();
  sim_set_launch_cost(5'000);
  const auto ten_kernels = [] {
    for (int i = 0; i < 10; ++i) {
      static_cast<void>(sim_launch(nullptr, 2'000));
    }
  };
  const Latency latency = measure_latency(k_device, ten_kernels, plan_of(2, 5, Mode::queued));
  check::near(latency.latency_s().at(4), 20e-6);
  check::equal(latency.samples.clean, std::vector<std::uint8_t>(5, 1));
  check::near(latency.spin_s.value(), 120e-6);  // twice the 50 µs of enqueueing, and 20
  check::equal(latency.warm_up.enqueue_s.size(), 3U);
  const Latency isolated = measure_latency(k_device, ten_kernels, plan_of(2, 5));
  check::near(isolated.latency_s().at(4), 52e-6);
}

void pipelined_calls_have_a_window() {
  sim_reset();
  const Latency latency = measure_latency(
      k_device, [] { static_cast<void>(sim_launch(nullptr, 20'000)); },
      plan_of(0, 10, Mode::pipelined));
  check::equal(latency.window.value().seconds(), 200e-6);
  check::near(latency.samples.finish_s.back(), 200e-6);
}

void queued_needs_a_device() {
  const std::string text = check::message_of<std::invalid_argument>(
      [] { static_cast<void>(measure_latency(k_host, [] {}, plan_of(0, 1, Mode::queued))); });
  check::that(text.find("needs a CudaClock") != std::string::npos);
}

void a_plan_out_of_range_says_so() {
  const std::string text = check::message_of<std::invalid_argument>(
      [] { static_cast<void>(measure_latency(k_host, [] {}, plan_of(0, 0))); });
  check::equal(text, std::string("repetitions must be at least 1, got 0"));
}

template <class Clock, class Function>
Incomplete<Latency> incomplete(const Clock& clock, Function&& function, const LatencyPlan& plan) {
  try {
    static_cast<void>(measure_latency(clock, function, plan));
  } catch (const Incomplete<Latency>& error) {
    return error;
  }
  check::that(false);
  return Incomplete<Latency>("", {}, nullptr);
}

void a_call_that_throws_on_the_7th_repetition_leaves_six() {
  int calls = 0;
  const auto call = [&] {
    if (++calls == 9) {
      throw std::runtime_error("asked to");
    }
    now_ns += 10;
  };
  const auto error = incomplete(k_host, call, plan_of(2, 300));
  check::equal(std::string(error.what()), std::string("repetition 7 of 300 failed: asked to"));
  check::equal(error.so_far().latency_s(), std::vector<double>(6, 10e-9));
  check::equal(error.so_far().warm_up.host_s.size(), 2U);
  check::equal(
      check::message_of<std::runtime_error>([&] { std::rethrow_exception(error.cause()); }),
      std::string("asked to"));
}

void a_failure_in_warm_up_says_so() {
  int calls = 0;
  const auto call = [&] {
    if (++calls == 2) {
      throw 3;
    }
  };
  const auto error = incomplete(k_host, call, plan_of(5, 10));
  check::equal(std::string(error.what()),
               std::string("warm-up call 2 of 5 failed: something that is no std::exception"));
}

void a_device_that_fails_takes_nothing_with_it() {
  sim_reset();
  int calls = 0;
  const auto call = [&] {
    static_cast<void>(sim_launch(nullptr, 1'000));
    if (++calls == 5) {
      sim_fail_asynchronously(700);
    }
  };
  const auto error = incomplete(k_device, call, plan_of(0, 10));
  check::equal(error.so_far().latency_s().size(), 4U);
  const std::string cause =
      check::message_of<CudaError>([&] { std::rethrow_exception(error.cause()); });
  check::that(cause.find("(700)") != std::string::npos);
  check::equal(sim_live_events(), 0);
}

void every_runtime_call_may_fail() {
  for (const char* name :
       {"cudaGetDevice", "cudaEventCreateWithFlags", "cudaEventRecord", "cudaEventSynchronize",
        "cudaDeviceSynchronize", "cudaEventElapsedTime"}) {
    for (int nth = 1; nth <= 3; ++nth) {
      sim_reset();
      sim_fail_call(name, nth, 999);
      const auto error = incomplete(
          k_device, [] { static_cast<void>(sim_launch(nullptr, 1'000)); }, plan_of(2, 8));
      check::that(std::string(error.what()).find(name) != std::string::npos);
      check::equal(sim_live_events(), 0);
    }
  }
}

void progress_is_told_between_chunks_and_pauses_are_noted() {
  std::vector<std::string> stages;
  std::vector<std::size_t> done;
  const Latency latency = measure_latency(
      k_host, [] { std::this_thread::sleep_for(std::chrono::milliseconds(60)); }, plan_of(1, 12),
      [&](const Progress& progress) {
        stages.emplace_back(progress.stage);
        done.push_back(progress.done);
      });
  check::equal(stages.front(), std::string("warm-up"));
  check::equal(stages.back(), std::string("latency"));
  check::equal(done.back(), std::size_t{12});
  check::that(stages.size() >= 4);  // a chunk takes about half a second
  check::equal(latency.chunk_starts.size(), stages.size() - 2);
  check::equal(latency.latency_s().size(), 12U);
}

void what_progress_throws_ends_it() {
  try {
    static_cast<void>(measure_latency(
        k_host, [] {}, plan_of(0, 10),
        [](const Progress& progress) {
          if (progress.done > 0) {
            throw Error("enough");
          }
        }));
    check::that(false);
  } catch (const Incomplete<Latency>& error) {
    check::that(!error.so_far().latency_s().empty());
  }
}

void a_stop_from_another_thread_ends_it_early() {
  Stop stop;
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop.request();
  });
  const Latency latency = measure_latency(
      HostClock(), [] { std::this_thread::sleep_for(std::chrono::milliseconds(5)); },
      plan_of(0, 100'000), {}, &stop);
  other.join();
  check::that(!latency.latency_s().empty());
  check::that(latency.latency_s().size() < 100'000);
  const Latency window =
      measure_latency(HostClock(), [] {}, plan_of(0, 100, Mode::pipelined), {}, &stop);
  check::that(window.latency_s().empty());
}

void the_time_may_be_limited() {
  LatencyPlan plan = plan_of(0, 100'000);
  plan.max_seconds = 0.1;
  const Latency latency = measure_latency(
      HostClock(), [] { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }, plan);
  check::that(!latency.latency_s().empty());
  check::that(latency.latency_s().size() < 100'000);
  plan.max_seconds = 0;
  static_cast<void>(check::message_of<std::invalid_argument>(
      [&] { static_cast<void>(measure_latency(k_host, [] {}, plan)); }));
}

}  // namespace

int main() {
  return check::run({
      {"warm-up is kept apart", warm_up_is_kept_apart},
      {"what a call returns is dropped outside the interval",
       what_a_call_returns_is_dropped_outside_the_interval},
      {"device time is the headline", device_time_is_the_headline},
      {"queued calls hide their launches", queued_calls_hide_their_launches},
      {"pipelined calls have a window", pipelined_calls_have_a_window},
      {"queued needs a device", queued_needs_a_device},
      {"a plan out of range says so", a_plan_out_of_range_says_so},
      {"a call that throws on the 7th repetition leaves six",
       a_call_that_throws_on_the_7th_repetition_leaves_six},
      {"a failure in warm-up says so", a_failure_in_warm_up_says_so},
      {"a device that fails takes nothing with it", a_device_that_fails_takes_nothing_with_it},
      {"every runtime call may fail", every_runtime_call_may_fail},
      {"progress is told between chunks and pauses are noted",
       progress_is_told_between_chunks_and_pauses_are_noted},
      {"what progress throws ends it", what_progress_throws_ends_it},
      {"a stop from another thread ends it early", a_stop_from_another_thread_ends_it_early},
      {"the time may be limited", the_time_may_be_limited},
  });
}
