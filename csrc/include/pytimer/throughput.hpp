#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <numeric>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "pytimer/callable.hpp"
#include "pytimer/host_clock.hpp"
#include "pytimer/incomplete.hpp"
#include "pytimer/plan.hpp"
#include "pytimer/progress.hpp"
#include "pytimer/samples.hpp"
#include "pytimer/stop.hpp"
#include "pytimer/timed_loop.hpp"

namespace pytimer {

/// What `measure_throughput` has measured.
struct Throughput {
  ThroughputPlan plan;
  /// Items in one call.
  std::size_t batch_size = 1;
  WallWindow window;
  /// One entry per call in the window; fewer than planned where it was stopped.
  Samples samples;
  Samples warm_up;

  /// Calls finished in the window.
  [[nodiscard]] std::size_t calls() const noexcept { return samples.finish_s.size(); }
  /// Calls times batch size over the one wall window; 0 where none was closed.
  [[nodiscard]] double items_per_s() const { return rate_over(window.seconds()); }
  /// The article's formula: over the sum of the calls' own times, which leaves out what is idle
  /// between them.
  [[nodiscard]] double event_items_per_s() const {
    const auto& own_s = samples.device_s.empty() ? samples.host_s : samples.device_s;
    return rate_over(std::accumulate(own_s.begin(), own_s.end(), 0.0));
  }

 private:
  [[nodiscard]] double rate_over(double seconds) const {
    return seconds > 0 ? static_cast<double>(calls() * batch_size) / seconds : 0.0;
  }
};

/// Measures how many items `function` processes in a second: calls without waiting in between, with
/// one synchronisation at the end.
///
/// As `measure_latency`; `stop` is looked at before each call. Throws std::invalid_argument and
/// Incomplete<Throughput>, whose window is not closed.
template <class Clock, class Function>
[[nodiscard]] Throughput measure_throughput(const Clock& clock, Function&& function,
                                            std::size_t batch_size, const ThroughputPlan& plan = {},
                                            const OnProgress& on_progress = {},
                                            const Stop* stop = nullptr) {
  plan.check();
  detail::require(batch_size >= 1, "batch_size must be at least 1", std::to_string(batch_size));
  Throughput throughput;
  throughput.plan = plan;
  throughput.batch_size = batch_size;
  Callable<std::remove_reference_t<Function>> call(function);
  try {
    isolated(clock, call, plan.warm_up, throughput.warm_up);
    if (on_progress) {
      on_progress({"throughput", 0, plan.batches});
    }
    StopGate gate(stop);
    throughput.window = pipelined(clock, call, plan.batches, throughput.samples, gate);
    if (on_progress) {
      on_progress({"throughput", throughput.calls(), plan.batches});
    }
  } catch (...) {
    const std::size_t warm =
        std::max(throughput.warm_up.host_s.size(), throughput.warm_up.device_s.size());
    const std::string which =
        warm < plan.warm_up
            ? "warm-up call " + std::to_string(warm + 1) + " of " + std::to_string(plan.warm_up)
            : "call " + std::to_string(throughput.calls() + 1) + " of " +
                  std::to_string(plan.batches);
    const std::string what = which + " failed: " + detail::text_of_current();
    throw Incomplete<Throughput>(what, std::move(throughput), std::current_exception());
  }
  return throughput;
}

}  // namespace pytimer
