#pragma once

#include <ATen/core/Tensor.h>
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace pytimer {

/// A model of an AOTInductor package (.pt2), loaded. Copies share it.
class AotiModel {
 public:
  using Inputs = std::vector<at::Tensor>;
  using Result = std::vector<at::Tensor>;

  /// Loads the model called "model" of the package at `path`, which runs the package's machine
  /// code; on CUDA onto the current device.
  ///
  /// `runners` is how many threads may call it at the same time. With 1 nothing is locked. Throws
  /// what torch throws.
  AotiModel(const std::string& path, std::size_t runners)
      : loader_(std::make_shared<torch::inductor::AOTIModelPackageLoader>(
            path, k_name, /*run_single_threaded=*/runners == 1, runners)) {}

  /// What the package says of itself; loads nothing.
  [[nodiscard]] static std::unordered_map<std::string, std::string> metadata(
      const std::string& path) {
    return torch::inductor::AOTIModelPackageLoader::load_metadata_from_package(path, k_name);
  }

  /// Flat tensors in, flat tensors out. A compiled model does not look whether the inputs have the
  /// shapes it was compiled for, unless AOTI_RUNTIME_CHECK_INPUTS was set when it was first run:
  /// see TorchModel::check.
  [[nodiscard]] Result run(const Inputs& inputs) { return loader_->run(inputs); }

  /// How inputs and outputs are nested: two tree specifications of torch.utils._pytree, as JSON.
  [[nodiscard]] std::vector<std::string> call_spec() { return loader_->get_call_spec(); }

 private:
  static constexpr const char* k_name = "model";
  std::shared_ptr<torch::inductor::AOTIModelPackageLoader> loader_;
};

}  // namespace pytimer
