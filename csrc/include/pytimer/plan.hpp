#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>

namespace pytimer {

/// How calls follow each other.
enum class Mode {
  /// Each call begins on an idle device and is waited for: how long does one request take?
  isolated,
  /// Each call is put on the stream while the device spins: how long does the device work? Needs a
  /// CudaClock.
  queued,
  /// Calls are issued without waiting in between: what is the steady rate?
  pipelined,
};

[[nodiscard]] constexpr const char* name_of(Mode mode) noexcept {
  switch (mode) {
    case Mode::isolated:
      return "isolated";
    case Mode::queued:
      return "queued";
    case Mode::pipelined:
      return "pipelined";
  }
  return "";
}

namespace detail {

inline void require(bool holds, const std::string& expected, const std::string& got) {
  if (!holds) {
    throw std::invalid_argument(expected + ", got " + got);
  }
}

inline void require_seconds(const char* name, const std::optional<double>& seconds) {
  require(!seconds || *seconds > 0, std::string(name) + " must be a positive number of seconds",
          seconds ? std::to_string(*seconds) : "none");
}

}  // namespace detail

/// How latency is measured. The defaults are the article's.
struct LatencyPlan {
  Mode mode = Mode::isolated;
  /// Calls before the first sample, on the same path.
  std::size_t warm_up = 10;
  /// Samples, at least 1; a p99 needs at least 100.
  std::size_t repetitions = 300;
  /// Stop after this long with fewer samples; none: no limit. Looked at between chunks.
  std::optional<double> max_seconds;

  /// Throws std::invalid_argument, which says what was expected and what was found.
  void check() const {
    detail::require(repetitions >= 1, "repetitions must be at least 1",
                    std::to_string(repetitions));
    detail::require_seconds("max_seconds", max_seconds);
  }
};

/// How throughput is measured. The defaults are the article's.
struct ThroughputPlan {
  /// Calls in the one wall window, at least 1.
  std::size_t batches = 100;
  /// Calls before the window.
  std::size_t warm_up = 10;

  /// Throws std::invalid_argument.
  void check() const {
    detail::require(batches >= 1, "batches must be at least 1", std::to_string(batches));
  }
};

/// Which size is tried next.
enum class Strategy {
  /// Doubling until a size fails, then bisection.
  binary,
  /// One by one.
  sequential,
};

/// How the largest batch size is searched.
struct BatchSizePlan {
  Strategy strategy = Strategy::binary;
  /// Never try more; none: no cap.
  std::optional<std::size_t> max_batch_size;
  /// Calls made at each size, at least 1; the last is timed.
  std::size_t calls_per_probe = 2;
  /// Stop after this long with what is known; none: no limit.
  std::optional<double> max_seconds;

  /// Throws std::invalid_argument.
  void check() const {
    detail::require(!max_batch_size || *max_batch_size >= 1, "max_batch_size must be at least 1",
                    std::to_string(max_batch_size.value_or(0)));
    detail::require(calls_per_probe >= 1, "calls_per_probe must be at least 1",
                    std::to_string(calls_per_probe));
    detail::require_seconds("max_seconds", max_seconds);
  }
};

}  // namespace pytimer
