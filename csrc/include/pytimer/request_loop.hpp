#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "pytimer/host_clock.hpp"
#include "pytimer/samples.hpp"
#include "pytimer/timed_loop.hpp"

namespace pytimer {

/// What a request loop has seen: one entry per finished request, in the order of arrival, seconds
/// since the loop began. A request whose call throws adds no entry.
struct Requests {
  /// When it was to arrive, by the schedule; not when the server looked.
  std::vector<double> arrival_s;
  /// When its call was made.
  std::vector<double> start_s;
  /// When the host knew that its work was done.
  std::vector<double> finish_s;
  /// When the server could take the next one: what the call returned is dropped. Equals the start
  /// of the next request exactly where that one was waiting.
  std::vector<double> free_s;
};

/// Why a request loop ended.
enum class Ending {
  all_served,
  /// More requests were waiting than allowed; the others are not served.
  queue_full,
  /// Nothing may start any more; likewise.
  out_of_time,
  /// The gate was shut.
  stopped,
};

/// How far a request loop goes.
struct RequestLimits {
  /// Requests that have arrived and have not begun.
  std::size_t most_waiting;
  /// No request starts later than this after the loop began.
  std::int64_t last_start_ns;
};

/// Requests that arrive at fixed moments, whatever the server does (open loop). Refers to the
/// moments, which must not decrease: nanoseconds since the loop began.
class ScheduledArrivals {
 public:
  ScheduledArrivals(const std::int64_t* arrivals_ns, std::size_t count) noexcept
      : arrivals_ns_(arrivals_ns), count_(count) {}

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::int64_t due_ns(std::size_t index, std::int64_t /*finish_ns*/) const {
    return arrivals_ns_[index];
  }
  /// How many have arrived by then; `now_ns` must not decrease from call to call.
  [[nodiscard]] std::size_t arrived_by(std::int64_t now_ns) noexcept {
    while (arrived_ < count_ && arrivals_ns_[arrived_] <= now_ns) {
      ++arrived_;
    }
    return arrived_;
  }

 private:
  const std::int64_t* arrivals_ns_;
  std::size_t count_;
  std::size_t arrived_ = 0;
};

/// Requests of which each arrives a fixed time after the one before was finished (closed loop).
class PacedArrivals {
 public:
  PacedArrivals(std::int64_t idle_ns, std::size_t count) noexcept
      : idle_ns_(idle_ns), count_(count) {}

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::int64_t due_ns(std::size_t index, std::int64_t finish_ns) noexcept {
    arrived_ = index + 1;
    return finish_ns + idle_ns_;
  }
  [[nodiscard]] std::size_t arrived_by(std::int64_t /*now_ns*/) const noexcept { return arrived_; }

 private:
  std::int64_t idle_ns_;
  std::size_t count_;
  std::size_t arrived_ = 0;
};

namespace detail {

/// Adds entries to Requests; the moments given to it are host stamps.
class RequestLog {
 public:
  RequestLog(Requests& requests, std::size_t count, std::int64_t opened_ns)
      : requests_(requests), opened_ns_(opened_ns) {
    for (auto* column :
         {&requests.arrival_s, &requests.start_s, &requests.finish_s, &requests.free_s}) {
      make_room(*column, count);
    }
  }

  void keep(std::int64_t arrival_ns, std::int64_t start_ns, std::int64_t finish_ns) {
    requests_.arrival_s.push_back(since_opening_s(arrival_ns));
    requests_.start_s.push_back(since_opening_s(start_ns));
    requests_.finish_s.push_back(since_opening_s(finish_ns));
    requests_.free_s.push_back(since_opening_s(finish_ns));
  }
  void keep_free(std::int64_t free_ns) { requests_.free_s.back() = since_opening_s(free_ns); }

 private:
  [[nodiscard]] double since_opening_s(std::int64_t stamp_ns) const noexcept {
    return seconds_between(opened_ns_, stamp_ns);
  }

  Requests& requests_;
  std::int64_t opened_ns_;
};

}  // namespace detail

/// Serves requests one by one in the order of their arrival: waits until each is due, makes the
/// call, and waits until the device is idle.
///
/// One server: a request that is due while the one before is served waits, and its wait counts from
/// its scheduled arrival. One reading of the clock says both that the server is free and, where the
/// next request is due, that it starts: nothing lies between.
///
/// `Clock` offers `now_ns`, `wait_until`, `make_current` and `synchronized_ns` (see HostClock);
/// `Call`, `WaitScope` and `Gate` are as for `isolated` and `pipelined`, the next call being
/// prepared before the server is free. The gate is asked between requests and after every wait; it
/// may throw.
///
/// Requests are appended. Throws what the call, the clock or the gate throws; the finished requests
/// stay. Nothing is allocated and nothing is logged inside the loop.
template <class WaitScope = NoScope, class Clock, class Call, class Arrivals,
          class Gate = const OpenGate>
[[nodiscard]] Ending serve(const Clock& clock, Call& call, Arrivals arrivals,
                           const RequestLimits& limits, Requests& requests,
                           Gate& gate = OpenGate{}) {
  [[maybe_unused]] const auto current = clock.make_current();
  call.prepare();
  gate.wait();
  const std::int64_t opened_ns = clock.template synchronized_ns<WaitScope>();
  detail::RequestLog log(requests, arrivals.count(), opened_ns);
  std::int64_t now_ns = opened_ns;
  std::int64_t finish_ns = opened_ns;
  for (std::size_t i = 0; i < arrivals.count(); ++i) {
    const std::int64_t due_ns = opened_ns + arrivals.due_ns(i, finish_ns - opened_ns);
    if (std::max(due_ns, now_ns) - opened_ns > limits.last_start_ns) {
      return Ending::out_of_time;
    }
    while (now_ns < due_ns) {
      {
        [[maybe_unused]] const WaitScope waiting{};
        clock.wait_until(due_ns);
      }
      if (gate.is_shut()) {
        return Ending::stopped;
      }
      now_ns = clock.now_ns();
    }
    if (arrivals.arrived_by(now_ns - opened_ns) - i > limits.most_waiting) {
      return Ending::queue_full;
    }
    call();
    finish_ns = clock.template synchronized_ns<WaitScope>();
    log.keep(due_ns, now_ns, finish_ns);
    call.release();
    call.prepare();
    const bool is_shut = gate.is_shut();
    now_ns = clock.now_ns();
    log.keep_free(now_ns);
    if (is_shut) {
      return Ending::stopped;
    }
  }
  return Ending::all_served;
}

}  // namespace pytimer
