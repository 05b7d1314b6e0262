#pragma once

#include <atomic>

namespace pytimer {

/// Asks a measurement to end early with what it has. May be requested from any thread and from a
/// signal handler. Must outlive the measurements that look at it.
class Stop {
 public:
  void request() noexcept { requested_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool requested() const noexcept {
    return requested_.load(std::memory_order_relaxed);
  }

 private:
  static_assert(std::atomic<bool>::is_always_lock_free);
  std::atomic<bool> requested_{false};
};

/// The gate of a window that `stop` may end; null: nothing ends it.
class StopGate {
 public:
  explicit StopGate(const Stop* stop) noexcept : stop_(stop) {}
  void wait() const noexcept {}
  [[nodiscard]] bool is_shut() const noexcept { return stop_ != nullptr && stop_->requested(); }

 private:
  const Stop* stop_;
};

}  // namespace pytimer
