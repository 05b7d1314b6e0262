#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "pytimer/callable.hpp"
#include "pytimer/cuda_clock.hpp"
#include "pytimer/cuda_queued.hpp"
#include "pytimer/cuda_spin.hpp"
#include "pytimer/detail/chunks.hpp"
#include "pytimer/host_clock.hpp"
#include "pytimer/incomplete.hpp"
#include "pytimer/plan.hpp"
#include "pytimer/progress.hpp"
#include "pytimer/samples.hpp"
#include "pytimer/stop.hpp"
#include "pytimer/timed_loop.hpp"

namespace pytimer {

/// What `measure_latency` has measured.
struct Latency {
  LatencyPlan plan;
  /// One entry per repetition; fewer than planned where it was stopped or out of time.
  Samples samples;
  /// The calls before the first sample, in no statistic.
  Samples warm_up;
  /// Indices of the samples before which the loop paused for a callback.
  std::vector<std::size_t> chunk_starts;
  /// The one window of pipelined calls; none in other modes.
  std::optional<WallWindow> window;
  /// Length of the spin that queued calls were put behind, seconds; none in other modes.
  std::optional<double> spin_s;
  /// What the same loop reads for no call at all, median, seconds.
  double floor_s = 0.0;

  /// The headline: device time, or host time where the clock is the host's. Seconds.
  [[nodiscard]] const std::vector<double>& latency_s() const noexcept {
    return samples.device_s.empty() ? samples.host_s : samples.device_s;
  }
};

namespace detail {

struct NoCall {
  void prepare() const noexcept {}
  void operator()() const noexcept {}
  void release() const noexcept {}
};

inline double median_of(std::vector<double> values) {
  if (values.empty()) {
    return 0.0;
  }
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

inline std::string where_it_ended(const Latency& latency) {
  const std::size_t done = latency.latency_s().size();
  const std::size_t warm = std::max(latency.warm_up.host_s.size(), latency.warm_up.device_s.size());
  const bool is_warm_up = done == 0 && warm < latency.plan.warm_up;
  const std::size_t of = is_warm_up ? latency.plan.warm_up : latency.plan.repetitions;
  return std::string(is_warm_up ? "warm-up call " : "repetition ") +
         std::to_string((is_warm_up ? warm : done) + 1) + " of " + std::to_string(of) + " failed: ";
}

/// One measurement of one call.
template <class Call>
class LatencyRun {
 public:
  LatencyRun(Call& call, Latency& latency, const OnProgress& on_progress, const Stop* stop)
      : call_(call), latency_(latency), on_progress_(on_progress), stop_(stop) {}

  template <class Clock>
  void measure(const Clock& clock) {
    warm_up(clock, latency_.plan.warm_up);
    if (latency_.plan.mode == Mode::pipelined) {
      StopGate gate(stop_);
      latency_.window = pipelined(clock, call_, latency_.plan.repetitions, latency_.samples, gate);
    } else if (latency_.plan.mode == Mode::isolated) {
      repeat(clock);
    } else if constexpr (std::is_same_v<Clock, CudaClock>) {
      measure_queued(clock);
    }
  }

 private:
  static constexpr std::size_t k_floor_repetitions = 100;
  static constexpr std::size_t k_least_sizing_calls = 3;

  void measure_queued(const CudaClock& clock) {
    const CudaSpin spin(clock.stream().runtime);
    const std::size_t warm = latency_.warm_up.enqueue_s.size();
    if (warm < k_least_sizing_calls) {
      warm_up(clock, k_least_sizing_calls - warm);
    }
    // Twice the enqueue time of isolated calls, and a margin for the launches around it.
    const auto& enqueue_s = latency_.warm_up.enqueue_s;
    const double longest_s = *std::max_element(enqueue_s.begin(), enqueue_s.end());
    latency_.spin_s = std::clamp(2 * longest_s + 20e-6, 50e-6, 0.1);
    repeat(CudaQueuedClock(clock, spin, static_cast<std::int64_t>(*latency_.spin_s * 1e9)));
  }

  template <class Clock>
  void warm_up(const Clock& clock, std::size_t calls) {
    isolated(clock, call_, calls, latency_.warm_up);
    tell("warm-up", calls, calls);
  }

  template <class Clock>
  void repeat(const Clock& clock) {
    Chunks chunks;
    const std::size_t total = latency_.plan.repetitions;
    const std::int64_t begin_ns = steady_now_ns();
    for (std::size_t done = 0; done < total && !stopped(begin_ns);) {
      const std::size_t calls = chunks.next(total - done);
      isolated(clock, call_, calls, latency_.samples);
      chunks.done();
      done += calls;
      if (tell("latency", done, total) && done < total) {
        Samples untimed;  // after the pause
        isolated(clock, call_, 1, untimed);
        latency_.chunk_starts.push_back(done);
      }
    }
    Samples floor;
    const NoCall nothing;
    isolated(clock, nothing, k_floor_repetitions, floor);
    latency_.floor_s = median_of(floor.device_s.empty() ? floor.host_s : floor.device_s);
  }

  bool tell(const char* stage, std::size_t done, std::size_t total) const {
    if (on_progress_) {
      on_progress_({stage, done, total});
    }
    return static_cast<bool>(on_progress_);
  }

  [[nodiscard]] bool stopped(std::int64_t begin_ns) const {
    const auto& most = latency_.plan.max_seconds;
    return StopGate(stop_).is_shut() ||
           (most && seconds_between(begin_ns, steady_now_ns()) > *most);
  }

  Call& call_;
  Latency& latency_;
  const OnProgress& on_progress_;
  const Stop* stop_;
};

}  // namespace detail

/// Measures how long one call of `function` takes: warm-up, then the repetitions of the plan.
///
/// `function` is any callable without arguments; what it returns is dropped outside the timed
/// region. On a CudaClock it must put its work on the clock's stream. The calling thread makes all
/// calls. `stop`, unless null, is looked at between chunks (before each call in mode pipelined) and
/// ends the measurement early, without an error.
///
/// Throws std::invalid_argument for a plan that cannot be carried out, and Incomplete<Latency> when
/// `function` or `on_progress` throws or the CUDA runtime fails: it has what was measured before.
///
/// Does not move inputs to the device, and draws no verdicts on the samples.
template <class Clock, class Function>
[[nodiscard]] Latency measure_latency(const Clock& clock, Function&& function,
                                      const LatencyPlan& plan = {},
                                      const OnProgress& on_progress = {},
                                      const Stop* stop = nullptr) {
  plan.check();
  if (plan.mode == Mode::queued && !std::is_same_v<Clock, CudaClock>) {
    throw std::invalid_argument(
        "mode queued needs a CudaClock: on the host a call has done its work when it returns; use "
        "mode isolated");
  }
  Latency latency;
  latency.plan = plan;
  Callable<std::remove_reference_t<Function>> call(function);
  try {
    detail::LatencyRun(call, latency, on_progress, stop).measure(clock);
  } catch (...) {
    const std::string what = detail::where_it_ended(latency) + detail::text_of_current();
    throw Incomplete<Latency>(what, std::move(latency), std::current_exception());
  }
  return latency;
}

}  // namespace pytimer
