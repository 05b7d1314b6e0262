#pragma once

#include <ATen/core/ivalue.h>
#include <torch/csrc/jit/api/module.h>

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "pytimer/native_call.hpp"

namespace pytimer {

/// A TorchScript module with its inputs, called without Python. Uses the calling thread's current
/// stream, device and grad mode, as any call of the module does.
class TorchScriptCall {
 public:
  TorchScriptCall(torch::jit::Module module, std::vector<at::Tensor> inputs)
      : forward_(module.get_method("forward")), inputs_(inputs.begin(), inputs.end()) {}

  /// Refers to this object, which must outlive its use.
  [[nodiscard]] NativeCall native_call() noexcept { return {&call, &drop_result, this}; }

 private:
  static const char* call(void* context) {
    auto& self = *static_cast<TorchScriptCall*>(context);
    try {
      self.result_ = self.forward_(self.inputs_);
      return nullptr;
    } catch (const std::exception& error) {
      self.error_ = error.what();
      return self.error_.c_str();
    }
  }
  static void drop_result(void* context) {
    static_cast<TorchScriptCall*>(context)->result_ = c10::IValue();
  }

  torch::jit::Method forward_;
  std::vector<c10::IValue> inputs_;
  c10::IValue result_;
  std::string error_;
};

}  // namespace pytimer
