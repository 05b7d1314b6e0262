#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <vector>

#include "pytimer/error.hpp"

namespace pytimer {

/// What a loop has measured: one entry per finished call, in order, in seconds.
///
/// A column that the clock or the loop cannot measure stays empty. On the host clock only `host_s`
/// is filled (host, enqueue and device time are one there). A call that throws adds no entry;
/// earlier entries stay.
struct Samples {
  /// From before the start event is recorded until the host knows that the call's work is done.
  std::vector<double> host_s;
  /// Until the call returned, without waiting for the device.
  std::vector<double> enqueue_s;
  /// Stop event minus start event, on the call's stream.
  std::vector<double> device_s;
  /// From the end of `host_s` until the whole device was idle: work left on other streams.
  std::vector<double> drain_s;
  /// From the opening of a wall window until the call's own work was done; pipelined calls only.
  std::vector<double> finish_s;
  /// 1 where the host had put the whole call on the stream before the device began it (see
  /// CudaQueuedClock), else 0.
  std::vector<std::uint8_t> clean;
};

/// Makes room for `calls` more entries, so that appending them allocates nothing. Grows at least
/// twofold, so that a long series in many chunks is not copied once a chunk. Throws Error where the
/// host has not that much memory; the column is unchanged then.
template <class Value>
void make_room(std::vector<Value>& column, std::size_t calls) {
  const std::size_t wanted = column.size() + calls;
  if (column.capacity() < wanted) {
    try {
      column.reserve(std::max(wanted, 2 * column.capacity()));
      return;
    } catch (const std::exception&) {  // std::bad_alloc, or std::length_error
    }
    try {
      column.reserve(wanted);
    } catch (const std::exception&) {
      throw Error("the host has no memory for the samples of " + std::to_string(wanted) +
                  " calls; make fewer, or free memory");
    }
  }
}

/// Stands where a loop could release a lock while it waits for the device; releases nothing.
struct NoScope {};

}  // namespace pytimer
