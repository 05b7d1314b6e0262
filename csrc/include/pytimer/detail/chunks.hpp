#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "pytimer/host_clock.hpp"

namespace pytimer::detail {

/// How many calls to make before the next look at progress, stop and time: half a second's worth,
/// by the pace of the last chunk.
class Chunks {
 public:
  /// Calls of the next chunk, at most `left`.
  [[nodiscard]] std::size_t next(std::size_t left) {
    begin_ns_ = steady_now_ns();
    size_ = std::min(left, wanted_);
    return size_;
  }
  /// The chunk is over.
  void done() {
    const double seconds = seconds_between(begin_ns_, steady_now_ns());
    const double calls = k_chunk_s / std::max(seconds / static_cast<double>(size_), 1e-9);
    wanted_ = static_cast<std::size_t>(std::clamp(calls, 1.0, k_most_calls));
  }

 private:
  static constexpr double k_chunk_s = 0.5;
  static constexpr double k_most_calls = 65'536;

  std::size_t wanted_ = 1;
  std::size_t size_ = 1;
  std::int64_t begin_ns_ = 0;
};

}  // namespace pytimer::detail
