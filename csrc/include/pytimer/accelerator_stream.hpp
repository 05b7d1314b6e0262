#pragma once

#include <memory>

#include "pytimer/error.hpp"

namespace pytimer {

struct AcceleratorEventTag;
using AcceleratorEventHandle = AcceleratorEventTag*;

class AcceleratorEvent;
class AcceleratorDeviceGuard;

/// A stream of any device whose events have timestamps, as EventClock asks for it; described in
/// plain C so that it can cross shared libraries.
///
/// Functions return null, or the text of the error, which stays valid until the thread's next call
/// of any of them. The owner of `context` must outlive every use. May be shared by threads.
struct AcceleratorStream {
  /// Name of the PyCapsule in which an AcceleratorStream travels between extension modules.
  static constexpr const char* k_capsule_name = "pytimer.AcceleratorStream";

  using Event = AcceleratorEvent;
  using DeviceGuard = AcceleratorDeviceGuard;

  const char* (*event_create)(void* context, AcceleratorEventHandle* event);
  /// Does not fail.
  void (*event_destroy)(void* context, AcceleratorEventHandle event);
  /// Puts the event on the stream.
  const char* (*event_record)(void* context, AcceleratorEventHandle event);
  /// Blocks the host until the device has passed the event.
  const char* (*event_synchronize)(void* context, AcceleratorEventHandle event);
  /// Seconds on the device from `start` to `stop`; both must have been passed.
  const char* (*event_elapsed)(void* context, AcceleratorEventHandle start,
                               AcceleratorEventHandle stop, double* seconds);
  /// Blocks the host until all streams of the device are idle.
  const char* (*device_synchronize)(void* context);
  /// The device that is current on this thread.
  const char* (*get_device)(void* context, int* device);
  const char* (*set_device)(void* context, int device);
  void* context;
  /// Index of the device that the stream belongs to.
  int device;

  [[nodiscard]] AcceleratorEvent make_event() const;
  void record(AcceleratorEvent& event) const;
  [[nodiscard]] AcceleratorDeviceGuard make_current() const;
  void synchronize_device() const { check(device_synchronize(context), "device_synchronize"); }

  /// Throws AcceleratorError unless `text` is null.
  static void check(const char* text, const char* operation) {
    if (text != nullptr) {
      throw AcceleratorError(operation, text);
    }
  }
};

/// Owns one event of an AcceleratorStream, which must outlive it. Move-only. Used by one thread at
/// a time.
class AcceleratorEvent {
 public:
  explicit AcceleratorEvent(const AcceleratorStream& stream) : handle_(nullptr, {&stream}) {
    AcceleratorEventHandle handle = nullptr;
    AcceleratorStream::check(stream.event_create(stream.context, &handle), "event_create");
    handle_.reset(handle);
  }

  /// Puts the event on its stream.
  void record() {
    AcceleratorStream::check(stream().event_record(stream().context, handle_.get()),
                             "event_record");
  }

  /// Blocks the host until the device has passed the event. Asynchronous errors surface here.
  void synchronize() const {
    AcceleratorStream::check(stream().event_synchronize(stream().context, handle_.get()),
                             "event_synchronize");
  }

  /// Seconds on the device from `start` to this event; both must have been passed.
  [[nodiscard]] double seconds_since(const AcceleratorEvent& start) const {
    double seconds = 0.0;
    AcceleratorStream::check(
        stream().event_elapsed(stream().context, start.handle_.get(), handle_.get(), &seconds),
        "event_elapsed");
    return seconds;
  }

 private:
  struct Destroy {
    const AcceleratorStream* stream;
    void operator()(AcceleratorEventHandle handle) const noexcept {
      stream->event_destroy(stream->context, handle);
    }
  };

  [[nodiscard]] const AcceleratorStream& stream() const { return *handle_.get_deleter().stream; }

  std::unique_ptr<AcceleratorEventTag, Destroy> handle_;
};

/// Makes the device of an AcceleratorStream current, and the previous device again at the end of
/// its life. The stream must outlive it.
class AcceleratorDeviceGuard {
 public:
  explicit AcceleratorDeviceGuard(const AcceleratorStream& stream) : stream_(stream) {
    AcceleratorStream::check(stream.get_device(stream.context, &previous_), "get_device");
    if (previous_ != stream.device) {
      AcceleratorStream::check(stream.set_device(stream.context, stream.device), "set_device");
      changed_ = true;
    }
  }
  ~AcceleratorDeviceGuard() {
    if (changed_) {
      static_cast<void>(stream_.set_device(stream_.context, previous_));
    }
  }
  AcceleratorDeviceGuard(const AcceleratorDeviceGuard&) = delete;
  AcceleratorDeviceGuard& operator=(const AcceleratorDeviceGuard&) = delete;

 private:
  const AcceleratorStream& stream_;
  int previous_ = 0;
  bool changed_ = false;
};

inline AcceleratorEvent AcceleratorStream::make_event() const { return AcceleratorEvent(*this); }

inline void AcceleratorStream::record(AcceleratorEvent& event) const { event.record(); }

inline AcceleratorDeviceGuard AcceleratorStream::make_current() const {
  return AcceleratorDeviceGuard(*this);
}

}  // namespace pytimer
