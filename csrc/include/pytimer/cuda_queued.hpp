#pragma once

#include <cstdint>
#include <utility>

#include "pytimer/cuda_clock.hpp"
#include "pytimer/cuda_spin.hpp"

namespace pytimer {

/// Times calls behind a spin (mode `queued`): while the device spins, the host puts the whole call
/// on the stream, so that device time holds no launch latency.
///
/// The proof is per sample: once the stop event is recorded, an event behind the spin is asked
/// whether the spin was still running. If so the sample is clean; if not, the device may have
/// waited for the host inside the interval (host-bound). The spin is finite, so a call that
/// synchronises, allocates or loads inside only makes its sample host-bound. For `isolated` loops;
/// the spin must outlive the clock.
class CudaQueuedClock {
 public:
  CudaQueuedClock(CudaClock clock, const CudaSpin& spin, std::int64_t spin_ns) noexcept
      : clock_(std::move(clock)), spin_(&spin), spin_ns_(spin_ns) {}

  /// Enqueue, device and drain time, and whether each sample is clean. Host time is not kept: it
  /// would hold the spin.
  class Stopwatch {
   public:
    Stopwatch(const CudaQueuedClock& clock, Samples& samples, std::size_t calls)
        : clock_(clock.clock_),
          spin_(*clock.spin_),
          spin_ns_(clock.spin_ns_),
          samples_(samples),
          guard_(clock_.stream().make_current()),
          events_(clock_.stream()),
          spun_(clock_.stream().make_event()) {
      for (auto* column : {&samples.enqueue_s, &samples.device_s, &samples.drain_s}) {
        make_room(*column, calls);
      }
      make_room(samples.clean, calls);
      clock_.stream().record(spun_);
      clock_.synchronize_device();
    }

    void start() {
      spin_.launch(clock_.stream().handle, spin_ns_);
      clock_.stream().record(spun_);
      clock_.stream().record(events_.start);
      called_ns_ = clock_.now_ns();
    }

    template <class WaitScope>
    void stop() {
      returned_ns_ = clock_.now_ns();
      clock_.stream().record(events_.stop);
      clean_ = !spun_.has_passed();
      [[maybe_unused]] const WaitScope waiting{};
      events_.stop.synchronize();
      end_ns_ = clock_.now_ns();
      clock_.synchronize_device();
      idle_ns_ = clock_.now_ns();
    }

    void keep() {
      const double device_s = events_.stop.seconds_since(events_.start);
      samples_.enqueue_s.push_back(seconds_between(called_ns_, returned_ns_));
      samples_.device_s.push_back(device_s);
      samples_.drain_s.push_back(seconds_between(end_ns_, idle_ns_));
      samples_.clean.push_back(clean_ ? 1 : 0);
    }

   private:
    CudaClock clock_;
    const CudaSpin& spin_;
    std::int64_t spin_ns_;
    Samples& samples_;
    CudaDeviceGuard guard_;
    EventPair<CudaStream> events_;
    CudaEvent spun_;
    std::int64_t called_ns_ = 0;
    std::int64_t returned_ns_ = 0;
    std::int64_t end_ns_ = 0;
    std::int64_t idle_ns_ = 0;
    bool clean_ = false;
  };

 private:
  CudaClock clock_;
  const CudaSpin* spin_;
  std::int64_t spin_ns_;
};

}  // namespace pytimer
