#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "pytimer/host_clock.hpp"
#include "pytimer/samples.hpp"

namespace pytimer {

/// A start and a stop event, used once so that the first sample pays no first-use cost.
template <class Stream>
struct EventPair {
  explicit EventPair(const Stream& stream) : start(stream.make_event()), stop(stream.make_event()) {
    stream.record(start);
    stream.record(stop);
  }
  typename Stream::Event start;
  typename Stream::Event stop;
};

/// Times calls that put work on a stream of a device, by events on that same stream.
///
/// `Stream` is a value that says which stream it is and how its device is asked (see CudaStream,
/// AcceleratorStream). It offers `make_event()`, `record(event)`, `synchronize_device()`, and
/// `make_current()`, whose result puts the current device back at the end of its life; its `Event`
/// is movable and offers `synchronize()` and `seconds_since(start)`. All may throw. Events and
/// guards may refer to the Stream that made them.
///
/// A description, like HostClock: it holds no event. The events live in the `Stopwatch` or `Window`
/// of one loop, which create and record them once before the first call (a first use is slower)
/// and destroy them however the loop ends. The stream must outlive the loop.
template <class Stream>
class EventClock {
 public:
  /// `wait` waits by the clock that `now` reads.
  explicit EventClock(Stream stream, HostNow now = &steady_now_ns,
                      HostWait wait = &steady_wait) noexcept
      : stream_(std::move(stream)), now_(now), wait_(wait) {}

  [[nodiscard]] std::int64_t now_ns() const { return now_(); }
  void wait_until(std::int64_t due_ns) const { wait_(due_ns); }
  [[nodiscard]] const Stream& stream() const noexcept { return stream_; }

  /// Waits until all streams of the device are idle. The device must be current.
  void synchronize_device() const { stream_.synchronize_device(); }

  /// Makes the device current until the end of what is returned.
  [[nodiscard]] typename Stream::DeviceGuard make_current() const { return stream_.make_current(); }

  /// Waits until all streams of the device are idle; host time then. The device must be current.
  template <class WaitScope>
  [[nodiscard]] std::int64_t synchronized_ns() const {
    [[maybe_unused]] const WaitScope waiting{};
    synchronize_device();
    return now_();
  }

  class Stopwatch;
  class Window;

 private:
  Stream stream_;
  HostNow now_;
  HostWait wait_;
};

/// One call at a time: host, enqueue, device and drain time.
///
/// Each pair of events is read as soon as it is complete, so one pair serves all repetitions, and a
/// device that fails later takes no earlier sample with it.
template <class Stream>
class EventClock<Stream>::Stopwatch {
 public:
  Stopwatch(const EventClock& clock, Samples& samples, std::size_t calls)
      : clock_(clock),
        samples_(samples),
        guard_(clock_.stream_.make_current()),
        events_(clock_.stream_) {
    for (auto* column :
         {&samples.host_s, &samples.enqueue_s, &samples.device_s, &samples.drain_s}) {
      make_room(*column, calls);
    }
    clock_.synchronize_device();
  }

  void start() {
    begin_ns_ = clock_.now_();
    clock_.stream_.record(events_.start);
    called_ns_ = clock_.now_();
  }

  template <class WaitScope>
  void stop() {
    returned_ns_ = clock_.now_();
    clock_.stream_.record(events_.stop);
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
  EventClock clock_;
  Samples& samples_;
  typename Stream::DeviceGuard guard_;
  EventPair<Stream> events_;
  std::int64_t begin_ns_ = 0;
  std::int64_t called_ns_ = 0;
  std::int64_t returned_ns_ = 0;
  std::int64_t end_ns_ = 0;
  std::int64_t idle_ns_ = 0;
};

/// A series of calls as one wall window; enqueue, device and finish time of each call inside it.
///
/// At most `k_most_pairs` event pairs exist: a pair is read and used again once its call is that
/// far behind. CUDA's launch queue is shorter than that, so the read finds the pair complete; a
/// longer queue makes the host wait there, while the device still has the calls since then to do.
template <class Stream>
class EventClock<Stream>::Window {
 public:
  static constexpr std::size_t k_most_pairs = 1024;

  Window(const EventClock& clock, Samples& samples, std::size_t calls)
      : clock_(clock),
        samples_(samples),
        guard_(clock_.stream_.make_current()),
        opened_(clock_.stream_.make_event()) {
    const std::size_t pairs = std::min(calls, k_most_pairs);
    calls_.reserve(pairs);
    for (std::size_t i = 0; i < pairs; ++i) {
      calls_.push_back({EventPair<Stream>(clock_.stream_), 0});
    }
    make_room(samples.enqueue_s, calls);
    make_room(samples.device_s, calls);
    make_room(samples.finish_s, calls);
    clock_.stream_.record(opened_);
  }

  /// `gate.wait()` comes when the device is idle and all else is ready.
  template <class Gate>
  void open(Gate& gate) {
    clock_.synchronize_device();
    gate.wait();
    window_.opened_ns = clock_.now_();
    clock_.stream_.record(opened_);
  }

  void start() {
    if (started_ - kept_ == calls_.size()) {
      keep_oldest();
    }
    PendingCall& call = calls_[started_ % calls_.size()];
    clock_.stream_.record(call.events.start);
    call.enqueue_ns = clock_.now_();
  }

  void stop() {
    PendingCall& call = calls_[started_ % calls_.size()];
    call.enqueue_ns = clock_.now_() - call.enqueue_ns;
    clock_.stream_.record(call.events.stop);
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
    EventPair<Stream> events;
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

  EventClock clock_;
  Samples& samples_;
  typename Stream::DeviceGuard guard_;
  typename Stream::Event opened_;
  std::vector<PendingCall> calls_;
  std::size_t started_ = 0;
  std::size_t kept_ = 0;
  WallWindow window_;
};

}  // namespace pytimer
