#pragma once

#include "pytimer/error.hpp"

namespace pytimer {

/// A call without Python, described in plain C so that it can cross shared libraries.
///
/// The owner of `context` must outlive every loop that uses the call. One loop at a time.
struct NativeCall {
  /// Name of the PyCapsule in which a NativeCall travels between extension modules.
  static constexpr const char* k_capsule_name = "pytimer.NativeCall";

  /// Makes one call. Returns null, or the text of the error, which `context` owns; the loop throws
  /// it as CallError.
  const char* (*function)(void* context);
  /// Drops what the last call returned. Does not fail.
  void (*drop_result)(void* context);
  void* context;

  void operator()() const {
    if (const char* text = function(context)) {
      throw CallError(text);
    }
  }
  void prepare() const noexcept {}
  void release() const noexcept { drop_result(context); }
};

}  // namespace pytimer
