#pragma once

#include <c10/util/Exception.h>

#include <cstddef>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "pytimer/native_call.hpp"

namespace pytimer {

/// A model with its sets of inputs, which calls take in turn, called without Python. Uses the
/// calling thread's current stream, device and grad mode, as any call of the model does.
///
/// `Model` offers `Inputs`, `Result` and `Result run(const Inputs&)`, which may throw.
template <class Model>
class ModelCall {
 public:
  /// `sets` must not be empty.
  ModelCall(Model model, std::vector<typename Model::Inputs> sets)
      : model_(std::move(model)), sets_(std::move(sets)) {}

  /// Refers to this object, which must outlive its use and stay where it is.
  [[nodiscard]] NativeCall native_call() noexcept { return {&call, &drop_result, this}; }

 private:
  static const char* call(void* context) {
    auto& self = *static_cast<ModelCall*>(context);
    try {
      self.result_ = self.model_.run(self.sets_[self.next_]);
      return nullptr;
    } catch (const c10::Error& error) {
      self.error_ = error.what_without_backtrace();
    } catch (const std::exception& error) {
      self.error_ = error.what();
    }
    return self.error_.c_str();
  }
  /// Between two calls, so that choosing the next set is not timed.
  static void drop_result(void* context) {
    auto& self = *static_cast<ModelCall*>(context);
    self.result_ = typename Model::Result();
    self.next_ = self.next_ + 1 == self.sets_.size() ? 0 : self.next_ + 1;
  }

  Model model_;
  std::vector<typename Model::Inputs> sets_;
  std::size_t next_ = 0;
  typename Model::Result result_;
  std::string error_;
};

}  // namespace pytimer
