#pragma once

#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstdint>

#include "pytimer/host_clock.hpp"

namespace pytimer {

/// Lets Python act on signals (Ctrl-C) in a loop whose calls run no Python code, with the GIL or
/// without.
class SignalCheck {
 public:
  /// To be made before each call; takes the GIL about every 50 ms. Throws what a handler raised.
  void operator()() {
    if (--calls_left_ <= 0) {
      check();
    }
  }

 private:
  static constexpr double k_interval_s = 0.05;
  static constexpr double k_most_calls = 100'000;

  void check() {
    const std::int64_t now_ns = steady_now_ns();
    const double call_s = seconds_between(checked_ns_, now_ns) / static_cast<double>(calls_);
    calls_ = static_cast<std::int64_t>(
        std::clamp(k_interval_s / std::max(call_s, 1e-9), 1.0, k_most_calls));
    calls_left_ = calls_;
    checked_ns_ = now_ns;
    const pybind11::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) {
      throw pybind11::error_already_set();
    }
  }

  std::int64_t checked_ns_ = steady_now_ns();
  std::int64_t calls_ = 1;
  std::int64_t calls_left_ = 1;
};

}  // namespace pytimer
