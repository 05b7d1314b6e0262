#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "pytimer/samples.hpp"

namespace pytimer {

/// Source of host timestamps, in nanoseconds since an arbitrary origin; must never go back.
using HostNow = std::int64_t (*)();

/// The steady clock of the host: on Linux CLOCK_MONOTONIC, read without a system call.
inline std::int64_t steady_now_ns() noexcept {
  using std::chrono::nanoseconds;
  const auto since_origin = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<nanoseconds>(since_origin).count();
}

/// Lets time pass until a HostNow reads `due_ns`, or less of it: callers look at the clock and wait
/// again.
using HostWait = void (*)(std::int64_t due_ns);

/// Waits by the steady clock: sleeps at most 20 ms at once while `due_ns` is far, and spins the
/// last 200 µs, because a sleep ends some 60 µs late.
inline void steady_wait(std::int64_t due_ns) {
  constexpr std::int64_t k_spin_ns = 200'000;
  constexpr std::int64_t k_longest_sleep_ns = 20'000'000;
  const std::int64_t sleep_ns = due_ns - steady_now_ns() - k_spin_ns;
  if (sleep_ns > 0) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(sleep_ns, k_longest_sleep_ns)));
    return;
  }
  while (steady_now_ns() < due_ns) {
  }
}

/// Seconds between two host stamps. Ticks are subtracted as integers, so that nothing is lost.
[[nodiscard]] constexpr double seconds_between(std::int64_t begin_ns,
                                               std::int64_t end_ns) noexcept {
  return static_cast<double>(end_ns - begin_ns) / 1e9;
}

/// The wall window of pipelined calls, by the host's clock.
struct WallWindow {
  /// The device was idle, and the first call about to be made.
  std::int64_t opened_ns = 0;
  /// The work of all calls was done.
  std::int64_t closed_ns = 0;

  [[nodiscard]] double seconds() const noexcept { return seconds_between(opened_ns, closed_ns); }
};

/// Times calls that do all their work on the host before they return.
///
/// A clock is a description and holds no state: copies are equal, and one clock may serve several
/// threads. What a loop needs while it measures is made by `stopwatch` and `window`.
class HostClock {
 public:
  /// `wait` waits by the clock that `now` reads.
  explicit HostClock(HostNow now = &steady_now_ns, HostWait wait = &steady_wait) noexcept
      : now_(now), wait_(wait) {}

  [[nodiscard]] std::int64_t now_ns() const { return now_(); }
  void wait_until(std::int64_t due_ns) const { wait_(due_ns); }
  [[nodiscard]] NoScope make_current() const noexcept { return {}; }

  /// Host time at which the work of all calls is done: on the host, when they have returned.
  template <class WaitScope>
  [[nodiscard]] std::int64_t synchronized_ns() const {
    return now_();
  }

  /// Measures one call at a time: one interval, kept as `Samples::host_s`.
  class Stopwatch {
   public:
    Stopwatch(const HostClock& clock, Samples& samples, std::size_t calls)
        : now_(clock.now_), samples_(samples) {
      make_room(samples.host_s, calls);
    }

    void start() { begin_ns_ = now_(); }

    template <class WaitScope>
    void stop() {
      end_ns_ = now_();
    }

    void keep() { samples_.host_s.push_back(seconds_between(begin_ns_, end_ns_)); }

    [[nodiscard]] std::int64_t end_ns() const noexcept { return end_ns_; }

   private:
    HostNow now_;
    Samples& samples_;
    std::int64_t begin_ns_ = 0;
    std::int64_t end_ns_ = 0;
  };

  /// Measures a series of calls as one wall window, and each call inside it.
  class Window {
   public:
    Window(const HostClock& clock, Samples& samples, std::size_t calls)
        : now_(clock.now_), samples_(samples), call_(clock, samples, calls) {
      make_room(samples.finish_s, calls);
    }

    /// `gate.wait()` comes when all else is ready.
    template <class Gate>
    void open(Gate& gate) {
      gate.wait();
      window_.opened_ns = now_();
    }
    void start() { call_.start(); }
    void stop() {
      call_.stop<NoScope>();
      call_.keep();
      samples_.finish_s.push_back(seconds_between(window_.opened_ns, call_.end_ns()));
    }

    template <class WaitScope>
    [[nodiscard]] WallWindow close() {
      window_.closed_ns = now_();
      return window_;
    }

    void keep_finished() noexcept {}

   private:
    HostNow now_;
    Samples& samples_;
    Stopwatch call_;
    WallWindow window_;
  };

 private:
  HostNow now_;
  HostWait wait_;
};

}  // namespace pytimer
