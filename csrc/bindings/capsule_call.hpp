#pragma once

#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "pytimer/host_clock.hpp"
#include "pytimer/native_call.hpp"

namespace pytimer {

/// Lets Python act on signals (Ctrl-C) while a loop runs without the GIL.
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

/// A NativeCall that keeps its capsule, and so its context, alive. Runs without the GIL, but for
/// `before`, which unless None is called untimed before each repetition, and for signals.
class CapsuleCall {
 public:
  CapsuleCall(pybind11::capsule capsule, pybind11::object before)
      : capsule_(std::move(capsule)),
        before_(std::move(before)),
        has_before_(!before_.is_none()),
        call_(static_cast<NativeCall*>(
            PyCapsule_GetPointer(capsule_.ptr(), NativeCall::k_capsule_name))) {
    if (call_ == nullptr) {
      throw pybind11::error_already_set();
    }
  }
  void prepare() {
    signal_check_();
    if (has_before_) {
      const pybind11::gil_scoped_acquire gil;
      before_();
    }
  }
  void operator()() const { (*call_)(); }
  void release() const noexcept { call_->release(); }

 private:
  pybind11::capsule capsule_;
  pybind11::object before_;
  bool has_before_;
  NativeCall* call_;
  SignalCheck signal_check_;
};

}  // namespace pytimer
