#pragma once

#include <pybind11/pybind11.h>

#include <utility>

#include "bindings/signal_check.hpp"
#include "pytimer/native_call.hpp"

namespace pytimer {

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
