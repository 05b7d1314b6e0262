#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>

#include "pytimer/host_clock.hpp"

namespace pytimer {

/// A gate that is never shut, but lets Python act on signals (Ctrl-C) about every 50 ms. May be
/// asked with the GIL or without.
class SignalGate {
 public:
  void wait() const noexcept {}
  /// Throws what a handler raised.
  [[nodiscard]] bool is_shut() {
    const std::int64_t now_ns = steady_now_ns();
    if (now_ns - checked_ns_ >= k_interval_ns) {
      checked_ns_ = now_ns;
      const pybind11::gil_scoped_acquire gil;
      if (PyErr_CheckSignals() != 0) {
        throw pybind11::error_already_set();
      }
    }
    return false;
  }

 private:
  static constexpr std::int64_t k_interval_ns = 50'000'000;

  std::int64_t checked_ns_ = steady_now_ns();
};

}  // namespace pytimer
