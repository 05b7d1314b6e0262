#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <new>
#include <optional>
#include <string>
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

/// One batch size that was tried.
struct Probe {
  std::size_t batch_size = 0;
  bool fitted = false;
  /// What was thrown; empty where it fitted.
  std::string error;
  /// Headline time of the last call, seconds; none where it did not fit.
  std::optional<double> call_s;
};

/// What `find_batch_size` has found.
struct BatchSize {
  enum class Limit { memory, cap, time, stopped };

  BatchSizePlan plan;
  /// The largest size that was tried with success; 0 where none was.
  std::size_t max_batch_size = 0;
  /// Why no larger one: it does not fit, or the search ended before that was known.
  Limit limit = Limit::memory;
  std::vector<Probe> probes;
};

/// Whether what was thrown says that a batch is too large: std::bad_alloc, or a text of the known
/// allocators (torch's, cuBLAS's, the host's).
[[nodiscard]] inline bool says_too_large(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return true;
  }
  const std::string text = error.what();
  for (const char* known : {"out of memory", "can't allocate memory", "not enough memory",
                            "bad_alloc", "ALLOC_FAILED"}) {
    if (text.find(known) != std::string::npos) {
      return true;
    }
  }
  return false;
}

namespace detail {

/// Makes the probes of one search.
template <class Clock, class Function>
class BatchSizeRun {
 public:
  using TooLarge = std::function<bool(const std::exception&)>;

  BatchSizeRun(const Clock& clock, Function& function, BatchSize& found, const TooLarge& too_large,
               const OnProgress& on_progress, const Stop* stop)
      : clock_(clock),
        function_(function),
        found_(found),
        too_large_(too_large),
        on_progress_(on_progress),
        stop_(stop) {}

  void search() {
    std::size_t size = 1;
    while (fits(size)) {
      if (size == cap()) {
        found_.limit = BatchSize::Limit::cap;
        return;
      }
      size = found_.plan.strategy == Strategy::sequential ? size + 1 : doubled(size);
    }
    std::size_t failed = size;
    while (!ended_ && failed - found_.max_batch_size > 1) {
      const std::size_t middle = found_.max_batch_size + (failed - found_.max_batch_size) / 2;
      if (!fits(middle)) {
        failed = middle;
      }
    }
  }

 private:
  [[nodiscard]] std::size_t cap() const { return found_.plan.max_batch_size.value_or(SIZE_MAX); }
  [[nodiscard]] std::size_t doubled(std::size_t size) const {
    return size > cap() / 2 ? cap() : 2 * size;
  }

  /// Also false where the search must end; `ended_` says so.
  bool fits(std::size_t size) {
    if (must_end()) {
      return false;
    }
    if (on_progress_) {
      on_progress_({"batch size", found_.probes.size(), 0});
    }
    Probe probe;
    probe.batch_size = size;
    try {
      auto at_size = [&] { return function_(size); };
      Callable<decltype(at_size)> call(at_size);
      Samples samples;
      isolated(clock_, call, found_.plan.calls_per_probe, samples);
      probe.call_s = samples.device_s.empty() ? samples.host_s.back() : samples.device_s.back();
      probe.fitted = true;
    } catch (const std::exception& error) {
      probe.error = error.what();
      found_.probes.push_back(probe);
      if (!too_large_(error)) {
        throw;
      }
      return false;
    }
    found_.probes.push_back(probe);
    found_.max_batch_size = size;
    return true;
  }

  bool must_end() {
    const auto& most = found_.plan.max_seconds;
    if (StopGate(stop_).is_shut()) {
      found_.limit = BatchSize::Limit::stopped;
      ended_ = true;
    } else if (most && seconds_between(begin_ns_, steady_now_ns()) > *most) {
      found_.limit = BatchSize::Limit::time;
      ended_ = true;
    }
    return ended_;
  }

  const Clock& clock_;
  Function& function_;
  BatchSize& found_;
  const TooLarge& too_large_;
  const OnProgress& on_progress_;
  const Stop* stop_;
  std::int64_t begin_ns_ = steady_now_ns();
  bool ended_ = false;
};

}  // namespace detail

/// Finds the largest batch size for which `function(batch_size)` does not throw an exception that
/// `too_large` recognises. Assumes that if a size fits, every smaller one does.
///
/// Each probe makes `plan.calls_per_probe` calls, isolated. `function` must leave nothing behind
/// when it throws. It runs in this process: on the host an allocation that fails may end it, and
/// the kernel may kill it; set a limit (RLIMIT_AS) first.
///
/// Throws std::invalid_argument for a plan that cannot be carried out, and Incomplete<BatchSize>,
/// with every probe, when `function` throws anything else.
template <class Clock, class Function>
[[nodiscard]] BatchSize find_batch_size(
    const Clock& clock, Function&& function, const BatchSizePlan& plan = {},
    const std::function<bool(const std::exception&)>& too_large = &says_too_large,
    const OnProgress& on_progress = {}, const Stop* stop = nullptr) {
  plan.check();
  BatchSize found;
  found.plan = plan;
  try {
    detail::BatchSizeRun(clock, function, found, too_large, on_progress, stop).search();
  } catch (...) {
    const std::string what =
        "the search ended at batch size " +
        std::to_string(found.probes.empty() ? 1 : found.probes.back().batch_size) + ": " +
        detail::text_of_current();
    throw Incomplete<BatchSize>(what, std::move(found), std::current_exception());
  }
  return found;
}

}  // namespace pytimer
