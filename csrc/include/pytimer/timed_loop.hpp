#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pytimer/host_clock.hpp"
#include "pytimer/samples.hpp"

namespace pytimer {
namespace detail {

template <class WaitScope, class Stopwatch, class Call>
void repetition(Stopwatch& stopwatch, Call& call) {
  call.prepare();
  stopwatch.start();
  call();
  stopwatch.template stop<WaitScope>();
  call.release();
  stopwatch.keep();
}

}  // namespace detail

/// Times `repetitions` calls one by one; each begins on an idle device and ends when its work is
/// done (mode `isolated`).
///
/// `Clock` offers `Stopwatch` (see HostClock, CudaClock, CudaQueuedClock). `Call` offers
/// `call.prepare()`, made before each repetition, `call()`, and `call.release()`, which drops what
/// the last call returned. The first two may throw; only `call()` is timed.
/// `WaitScope` is constructed around every wait for the device, for example to release a lock.
///
/// Samples are appended to `samples`. Throws what the call or the clock throws; the samples of the
/// finished repetitions stay. Nothing is allocated and nothing is logged inside the loop.
template <class WaitScope = NoScope, class Clock, class Call>
void isolated(const Clock& clock, Call& call, std::size_t repetitions, Samples& samples) {
  typename Clock::Stopwatch stopwatch(clock, samples, repetitions);
  for (std::size_t i = 0; i < repetitions; ++i) {
    detail::repetition<WaitScope>(stopwatch, call);
  }
}

/// Times two calls in pairs, each call as `isolated` does; of each pair the first is `b` where
/// `b_first` is not 0. What drifts between pairs is in both, and cancels in their ratio.
///
/// Requirements and guarantees as for `isolated`. When a call throws, one of the two may have a
/// sample more than the other.
template <class WaitScope = NoScope, class Clock, class CallA, class CallB>
void paired(const Clock& clock, CallA& a, CallB& b, const std::vector<std::uint8_t>& b_first,
            Samples& samples_a, Samples& samples_b) {
  typename Clock::Stopwatch stopwatch_a(clock, samples_a, b_first.size());
  typename Clock::Stopwatch stopwatch_b(clock, samples_b, b_first.size());
  for (const std::uint8_t reversed : b_first) {
    if (reversed != 0) {
      detail::repetition<WaitScope>(stopwatch_b, b);
      detail::repetition<WaitScope>(stopwatch_a, a);
    } else {
      detail::repetition<WaitScope>(stopwatch_a, a);
      detail::repetition<WaitScope>(stopwatch_b, b);
    }
  }
}

/// A gate that is never waited at, and never shut.
struct OpenGate {
  void wait() const noexcept {}
  [[nodiscard]] bool is_shut() const noexcept { return false; }
};

/// Issues `calls` calls without waiting in between and synchronises once at the end (mode
/// `pipelined`). Returns that one wall window.
///
/// Requirements and guarantees as for `isolated`; `Clock` offers `Window`. The window starts on an
/// idle device and ends when the whole device is idle again, so work on other streams is included.
/// `Gate` offers `gate.wait()`, made once when everything is ready, for example until other threads
/// are too (it may throw), and `gate.is_shut()`, asked before each call: no more calls are made
/// then, and the window ends.
template <class WaitScope = NoScope, class Clock, class Call, class Gate = const OpenGate>
[[nodiscard]] WallWindow pipelined(const Clock& clock, Call& call, std::size_t calls,
                                   Samples& samples, Gate& gate = OpenGate{}) {
  typename Clock::Window window(clock, samples, calls);
  window.open(gate);
  try {
    for (std::size_t i = 0; i < calls && !gate.is_shut(); ++i) {
      call.prepare();
      window.start();
      call();
      window.stop();
      call.release();
    }
    return window.template close<WaitScope>();
  } catch (...) {
    window.keep_finished();
    throw;
  }
}

}  // namespace pytimer
