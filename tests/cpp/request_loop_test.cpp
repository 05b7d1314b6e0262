#include "pytimer/request_loop.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "check.hpp"
#include "pytimer/cuda_clock.hpp"
#include "pytimer/stop.hpp"
#include "simulated_cudart.hpp"

namespace {

using namespace pytimer;
using Columns = std::vector<double>;
using Moments = std::vector<std::int64_t>;

std::int64_t now_ns = 0;
std::int64_t virtual_now() { return now_ns; }
void virtual_wait(std::int64_t due_ns) { now_ns = due_ns; }
const HostClock k_clock(&virtual_now, &virtual_wait);

constexpr RequestLimits k_no_limits{1'000'000, 1'000'000'000};

/// Takes 5 ns, and 1 ns to drop each result; throws on call `throws_at`.
struct Call {
  int throws_at = 0;
  int calls = 0;

  void prepare() {}
  void operator()() {
    if (++calls == throws_at) {
      throw std::runtime_error("asked to");
    }
    now_ns += 5;
  }
  void release() { now_ns += 1; }
};

Ending serve_at(const Moments& moments, const RequestLimits& limits, Requests& requests) {
  Call call;
  now_ns = 1'000;  // the schedule counts from when the loop begins
  return serve(k_clock, call, ScheduledArrivals(moments.data(), moments.size()), limits, requests);
}

void a_request_waits_for_the_one_before_and_counts_from_its_arrival() {
  Requests requests;
  check::that(serve_at({0, 10, 12, 100}, k_no_limits, requests) == Ending::all_served);
  check::equal(requests.arrival_s, Columns{0, 10e-9, 12e-9, 100e-9});
  check::equal(requests.start_s, Columns{0, 10e-9, 16e-9, 100e-9});
  check::equal(requests.finish_s, Columns{5e-9, 15e-9, 21e-9, 105e-9});
  check::equal(requests.free_s, Columns{6e-9, 16e-9, 22e-9, 106e-9});
}

void a_wait_that_ends_early_is_waited_on() {
  struct Steps {
    static void wait(std::int64_t) { now_ns += 4; }
  };
  const HostClock clock(&virtual_now, &Steps::wait);
  Requests requests;
  Call call;
  const Moments moments{10};
  now_ns = 0;
  check::that(serve(clock, call, ScheduledArrivals(moments.data(), 1), k_no_limits, requests) ==
              Ending::all_served);
  check::equal(requests.start_s, Columns{12e-9});  // 2 ns late, and never early
}

void a_full_queue_ends_the_loop() {
  // All arrive at once; each takes 6 ns. Of four, more than three wait from the beginning.
  const Moments moments{0, 0, 0, 0};
  Requests requests;
  check::that(serve_at(moments, {4, 1'000}, requests) == Ending::all_served);
  check::equal(requests.start_s.size(), 4U);
  check::that(serve_at(moments, {3, 1'000}, requests) == Ending::queue_full);
  check::equal(requests.start_s.size(), 4U);
}

void nothing_starts_after_the_last_moment() {
  Requests requests;
  check::that(serve_at({0, 1, 2, 3}, {10, 12}, requests) == Ending::out_of_time);
  check::equal(requests.start_s, Columns{0, 6e-9, 12e-9});
  Requests later;
  check::that(serve_at({0, 13}, {10, 12}, later) == Ending::out_of_time);
  check::equal(later.start_s, Columns{0});
  check::equal(now_ns, std::int64_t{1'006});  // it did not wait for what would come too late
}

void a_paced_request_comes_a_fixed_time_after_the_one_before() {
  Requests requests;
  Call call;
  now_ns = 0;
  check::that(serve(k_clock, call, PacedArrivals(50, 3), k_no_limits, requests) ==
              Ending::all_served);
  check::equal(requests.arrival_s, Columns{50e-9, 105e-9, 160e-9});
  check::equal(requests.start_s, requests.arrival_s);
  check::equal(requests.finish_s, Columns{55e-9, 110e-9, 165e-9});
}

void a_call_that_throws_leaves_those_before() {
  Requests requests;
  Call call{3};
  const Moments moments{0, 1, 2, 3};
  check::equal(check::message_of<std::runtime_error>([&] {
                 static_cast<void>(serve(k_clock, call, ScheduledArrivals(moments.data(), 4),
                                         k_no_limits, requests));
               }),
               "asked to");
  check::equal(requests.free_s.size(), 2U);
  check::equal(requests.arrival_s.size(), 2U);
}

void a_stop_keeps_the_request_in_hand() {
  static Stop stop;
  struct Stopping : Call {
    void operator()() {
      Call::operator()();
      stop.request();
    }
  } call;
  StopGate gate(&stop);
  Requests requests;
  const Moments moments{0, 1};
  check::that(serve(k_clock, call, ScheduledArrivals(moments.data(), 2), k_no_limits, requests,
                    gate) == Ending::stopped);
  check::equal(requests.finish_s.size(), 1U);
}

void a_stop_ends_a_wait() {
  static Stop stop;
  const HostClock clock(&virtual_now, [](std::int64_t) { stop.request(); });
  StopGate gate(&stop);
  Requests requests;
  Call call;
  const Moments moments{1'000};
  now_ns = 0;
  check::that(serve(clock, call, ScheduledArrivals(moments.data(), 1), k_no_limits, requests,
                    gate) == Ending::stopped);
  check::equal(call.calls, 0);
}

void a_request_on_a_device_is_finished_when_the_device_is_idle() {
  sim_reset();
  const CudaRuntime runtime = CudaRuntime::from_library(SIMULATED_CUDART);
  const auto wait = [](std::int64_t due_ns) { sim_host_work(due_ns - sim_now_ns()); };
  const CudaClock clock(runtime, nullptr, 0, &sim_now_ns, wait);
  struct Launch {
    void prepare() const noexcept {}
    void operator()() const { static_cast<void>(sim_launch(nullptr, 20'000)); }
    void release() const noexcept {}
  } call;
  Requests requests;
  const Moments moments{0, 5'000, 100'000};
  check::that(serve(clock, call, ScheduledArrivals(moments.data(), 3), k_no_limits, requests) ==
              Ending::all_served);
  check::equal(requests.start_s, Columns{0, 20e-6, 100e-6});
  check::equal(requests.finish_s, Columns{20e-6, 40e-6, 120e-6});
}

void the_steady_clock_is_waited_for() {
  const std::int64_t due_ns = steady_now_ns() + 3'000'000;
  while (steady_now_ns() < due_ns) {
    steady_wait(due_ns);
  }
  Requests requests;
  Call call;
  const Moments moments{0, 2'000'000};
  check::that(serve(HostClock(), call, ScheduledArrivals(moments.data(), 2), k_no_limits,
                    requests) == Ending::all_served);
  check::that(requests.start_s[1] >= 2e-3);
}

}  // namespace

int main() {
  return check::run({
      {"a request waits for the one before, and counts from its arrival",
       &a_request_waits_for_the_one_before_and_counts_from_its_arrival},
      {"a wait that ends early is waited on", &a_wait_that_ends_early_is_waited_on},
      {"a full queue ends the loop", &a_full_queue_ends_the_loop},
      {"nothing starts after the last moment", &nothing_starts_after_the_last_moment},
      {"a paced request comes a fixed time after the one before",
       &a_paced_request_comes_a_fixed_time_after_the_one_before},
      {"a call that throws leaves those before", &a_call_that_throws_leaves_those_before},
      {"a stop keeps the request in hand", &a_stop_keeps_the_request_in_hand},
      {"a stop ends a wait", &a_stop_ends_a_wait},
      {"a request on a device is finished when the device is idle",
       &a_request_on_a_device_is_finished_when_the_device_is_idle},
      {"the steady clock is waited for", &the_steady_clock_is_waited_for},
  });
}
