#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "pytimer/cuda_event.hpp"
#include "pytimer/cuda_runtime.hpp"
#include "pytimer/host_clock.hpp"
#include "pytimer/samples.hpp"

namespace pytimer {

/// Times calls that put work on a CUDA stream, by events on that same stream.
///
/// A description, like HostClock: it holds no event. The events live in the `Stopwatch` or `Window`
/// of one loop, which create and record them once before the first call (a first use is slower)
/// and destroy them however the loop ends. The stream must belong to `device` and outlive the loop.
class CudaClock {
 public:
  CudaClock(const CudaRuntime& runtime, StreamHandle stream, int device,
            HostNow now = &steady_now_ns) noexcept
      : runtime_(runtime), stream_(stream), device_(device), now_(now) {}

  [[nodiscard]] std::int64_t now_ns() const { return now_(); }
  [[nodiscard]] const CudaRuntime& runtime() const noexcept { return runtime_; }
  [[nodiscard]] StreamHandle stream() const noexcept { return stream_; }
  [[nodiscard]] int device() const noexcept { return device_; }

  /// Waits until all streams of the device are idle. The device must be current.
  void synchronize_device() const {
    runtime_.check(runtime_.device_synchronize(), "cudaDeviceSynchronize");
  }

  class Stopwatch;
  class Window;

 private:
  CudaRuntime runtime_;
  StreamHandle stream_;
  int device_;
  HostNow now_;
};

/// A start and a stop event, used once so that the first sample pays no first-use cost.
struct CudaEventPair {
  explicit CudaEventPair(const CudaClock& clock) : start(clock.runtime()), stop(clock.runtime()) {
    start.record(clock.stream());
    stop.record(clock.stream());
  }
  CudaEvent start;
  CudaEvent stop;
};

/// One call at a time: host, enqueue, device and drain time.
///
/// Each pair of events is read as soon as it is complete, so one pair serves all repetitions, and a
/// device that fails later takes no earlier sample with it.
class CudaClock::Stopwatch {
 public:
  Stopwatch(const CudaClock& clock, Samples& samples, std::size_t calls)
      : clock_(clock), samples_(samples), guard_(clock_.runtime_, clock.device_), events_(clock_) {
    for (auto* column :
         {&samples.host_s, &samples.enqueue_s, &samples.device_s, &samples.drain_s}) {
      make_room(*column, calls);
    }
    clock_.synchronize_device();
  }

  void start() {
    begin_ns_ = clock_.now_();
    events_.start.record(clock_.stream_);
    called_ns_ = clock_.now_();
  }

  template <class WaitScope>
  void stop() {
    returned_ns_ = clock_.now_();
    events_.stop.record(clock_.stream_);
    [[maybe_unused]] const WaitScope waiting{};
    events_.stop.synchronize();
    end_ns_ = clock_.now_();
    clock_.synchronize_device();
    idle_ns_ = clock_.now_();
  }

  void keep() {
    const double device_s = events_.stop.seconds_since(events_.start);
    samples_.host_s.push_back(seconds_between(begin_ns_, end_ns_));
    samples_.enqueue_s.push_back(seconds_between(called_ns_, returned_ns_));
    samples_.device_s.push_back(device_s);
    samples_.drain_s.push_back(seconds_between(end_ns_, idle_ns_));
  }

 private:
  CudaClock clock_;
  Samples& samples_;
  CudaDeviceGuard guard_;
  CudaEventPair events_;
  std::int64_t begin_ns_ = 0;
  std::int64_t called_ns_ = 0;
  std::int64_t returned_ns_ = 0;
  std::int64_t end_ns_ = 0;
  std::int64_t idle_ns_ = 0;
};

/// A series of calls as one wall window; enqueue, device and finish time of each call inside it.
///
/// At most `k_most_pairs` event pairs exist: a pair is read and used again once its call is that
/// far behind. The launch queue is shorter than that, so the read finds the pair complete.
class CudaClock::Window {
 public:
  static constexpr std::size_t k_most_pairs = 1024;

  Window(const CudaClock& clock, Samples& samples, std::size_t calls)
      : clock_(clock),
        samples_(samples),
        guard_(clock_.runtime_, clock.device_),
        opened_(clock_.runtime_) {
    const std::size_t pairs = std::min(calls, k_most_pairs);
    calls_.reserve(pairs);
    for (std::size_t i = 0; i < pairs; ++i) {
      calls_.push_back({CudaEventPair(clock_), 0});
    }
    make_room(samples.enqueue_s, calls);
    make_room(samples.device_s, calls);
    make_room(samples.finish_s, calls);
    opened_.record(clock_.stream_);
  }

  /// `gate.wait()` comes when the device is idle and all else is ready.
  template <class Gate>
  void open(Gate& gate) {
    clock_.synchronize_device();
    gate.wait();
    window_.opened_ns = clock_.now_();
    opened_.record(clock_.stream_);
  }

  void start() {
    if (started_ - kept_ == calls_.size()) {
      keep_oldest();
    }
    PendingCall& call = calls_[started_ % calls_.size()];
    call.events.start.record(clock_.stream_);
    call.enqueue_ns = clock_.now_();
  }

  void stop() {
    PendingCall& call = calls_[started_ % calls_.size()];
    call.enqueue_ns = clock_.now_() - call.enqueue_ns;
    call.events.stop.record(clock_.stream_);
    ++started_;
  }

  /// Waits until the whole device is idle. What is read out after that is not in the window.
  template <class WaitScope>
  [[nodiscard]] WallWindow close() {
    {
      [[maybe_unused]] const WaitScope waiting{};
      clock_.synchronize_device();
      window_.closed_ns = clock_.now_();
    }
    while (kept_ < started_) {
      keep_oldest();
    }
    return window_;
  }

  /// After an exception: keeps what can still be read, and reports nothing.
  void keep_finished() noexcept {
    try {
      while (kept_ < started_) {
        keep_oldest();
      }
    } catch (...) {
      // The device has failed; the caller is reporting the first error already.
    }
  }

 private:
  struct PendingCall {
    CudaEventPair events;
    std::int64_t enqueue_ns;
  };

  void keep_oldest() {
    const PendingCall& call = calls_[kept_ % calls_.size()];
    call.events.stop.synchronize();
    const double device_s = call.events.stop.seconds_since(call.events.start);
    const double finish_s = call.events.stop.seconds_since(opened_);
    samples_.enqueue_s.push_back(seconds_between(0, call.enqueue_ns));
    samples_.device_s.push_back(device_s);
    samples_.finish_s.push_back(finish_s);
    ++kept_;
  }

  CudaClock clock_;
  Samples& samples_;
  CudaDeviceGuard guard_;
  CudaEvent opened_;
  std::vector<PendingCall> calls_;
  std::size_t started_ = 0;
  std::size_t kept_ = 0;
  WallWindow window_;
};

}  // namespace pytimer
