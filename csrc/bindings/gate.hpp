#pragma once

#include <pybind11/pybind11.h>

#include <atomic>
#include <utility>

namespace pytimer {

/// Where the windows of several threads wait for each other, and where they can be ended early.
/// May be shared by threads; `is_shut` needs no GIL.
class PythonGate {
 public:
  /// `wait` is called by each window when it is ready to open; what it raises ends the loop.
  explicit PythonGate(pybind11::object wait) : wait_(std::move(wait)) {}

  void wait() const {
    const pybind11::gil_scoped_acquire gil;
    wait_();
  }
  void shut() noexcept { is_shut_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool is_shut() const noexcept { return is_shut_.load(std::memory_order_relaxed); }

 private:
  pybind11::object wait_;
  std::atomic<bool> is_shut_{false};
};

}  // namespace pytimer
