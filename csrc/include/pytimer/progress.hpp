#pragma once

#include <cstddef>
#include <functional>

namespace pytimer {

/// How far a measurement is.
struct Progress {
  /// "warm-up", "latency", "throughput" or "batch size".
  const char* stage;
  std::size_t done;
  /// 0 where nobody knows how many there will be.
  std::size_t total;
};

/// Called between chunks of calls of about half a second, never inside a timed region, on the
/// thread that measures. What it throws ends the measurement, as what the call throws does.
using OnProgress = std::function<void(const Progress&)>;

}  // namespace pytimer
