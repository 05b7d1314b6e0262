#pragma once

#include <ATen/core/ivalue.h>
#include <torch/csrc/jit/api/module.h>

#include <utility>
#include <vector>

namespace pytimer {

/// The method `forward` of a TorchScript module, for ModelCall.
class TorchScriptModel {
 public:
  using Inputs = std::vector<c10::IValue>;
  using Result = c10::IValue;

  explicit TorchScriptModel(const torch::jit::Module& module)
      : forward_(module.get_method("forward")) {}

  [[nodiscard]] Result run(const Inputs& inputs) { return forward_(inputs); }

 private:
  torch::jit::Method forward_;
};

}  // namespace pytimer
