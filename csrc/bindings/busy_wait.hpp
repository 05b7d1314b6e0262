#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pytimer/host_clock.hpp"

namespace pytimer {

/// Work of known length on the host: waits until `length_ns` have passed and stamps itself, so that
/// what a loop reads can be compared with what the call says of itself.
class BusyWait {
 public:
  BusyWait(std::int64_t length_ns, std::size_t calls) : length_ns_(length_ns) {
    lengths_s_.reserve(calls);
  }

  void prepare() const noexcept {}
  void operator()() {
    const std::int64_t begin_ns = steady_now_ns();
    std::int64_t now_ns = begin_ns;
    while (now_ns - begin_ns < length_ns_) {
      now_ns = steady_now_ns();
    }
    last_ns_ = now_ns - begin_ns;
  }
  void release() { lengths_s_.push_back(seconds_between(0, last_ns_)); }

  /// How long each call took by its own stamps, seconds.
  [[nodiscard]] const std::vector<double>& lengths_s() const noexcept { return lengths_s_; }

 private:
  std::int64_t length_ns_;
  std::int64_t last_ns_ = 0;
  std::vector<double> lengths_s_;
};

}  // namespace pytimer
