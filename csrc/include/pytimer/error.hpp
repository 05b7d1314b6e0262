#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace pytimer {

/// Base of every exception the library throws, except std::invalid_argument for bad arguments.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The timed call failed by itself; the text is its own.
class CallError : public Error {
 public:
  using Error::Error;
};

/// A call of the CUDA runtime that did not return cudaSuccess.
class CudaError : public Error {
 public:
  CudaError(std::string call, int code, const std::string& name, const std::string& text)
      : Error(call + " failed with " + name + " (" + std::to_string(code) + "): " + text),
        call_(std::move(call)),
        code_(code) {}

  /// Name of the runtime function, such as "cudaEventRecord".
  [[nodiscard]] const std::string& call() const noexcept { return call_; }
  /// The runtime's error number (cudaError_t).
  [[nodiscard]] int code() const noexcept { return code_; }

 private:
  std::string call_;
  int code_;
};

/// An operation of an accelerator's stream (see AcceleratorStream) that failed.
class AcceleratorError : public Error {
 public:
  AcceleratorError(std::string operation, const std::string& text)
      : Error(operation + " failed: " + text), operation_(std::move(operation)) {}

  /// Name of the operation, such as "event_record".
  [[nodiscard]] const std::string& operation() const noexcept { return operation_; }

 private:
  std::string operation_;
};

}  // namespace pytimer
