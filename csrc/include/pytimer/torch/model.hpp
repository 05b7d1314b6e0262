#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <c10/core/Device.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cstdlib>
#include <exception>
#include <fstream>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "pytimer/error.hpp"
#include "pytimer/torch/aoti_model.hpp"
#include "pytimer/torch/torchscript_model.hpp"

namespace pytimer {

/// A model in a file that libtorch runs without Python: an AOTInductor package (.pt2), or a
/// TorchScript module (.pt, .ts; deprecated by torch). Loading a package runs the machine code in
/// it.
///
/// Calls use the calling thread's current stream, device and grad mode. By one thread at a time.
class TorchModel {
 public:
  /// Throws Error where there is no such file, or none that can be used on `device`; a package
  /// is loaded onto the current device of that type.
  TorchModel(const std::string& path, c10::Device device)
      : path_(path), model_(opened(path, device)) {}

  /// Tensors in, tensors out, or one value where the model is TorchScript. Throws what torch
  /// throws.
  [[nodiscard]] c10::IValue run(const std::vector<at::Tensor>& inputs) {
    if (auto* package = std::get_if<AotiModel>(&model_)) {
      return package->run(inputs);
    }
    return std::get<TorchScriptModel>(model_).run({inputs.begin(), inputs.end()});
  }

  /// Throws Error unless the model takes such inputs.
  ///
  /// A package does not look at its inputs when it runs, so it is loaded once more with torch's own
  /// checks on, and run once. Sets an environment variable meanwhile: call it before other threads
  /// read the environment.
  void check(std::vector<at::Tensor> inputs) {
    try {
      if (std::holds_alternative<AotiModel>(model_)) {
        const ChecksOn checks_on;
        AotiModel checking(path_, 1);
        while (!passes(checking, inputs)) {
        }
      } else {
        static_cast<void>(run(inputs));
      }
    } catch (const std::exception& error) {
      throw Error(path_ + " does not take these inputs: " + first_line(error));
    }
  }

 private:
  using Model = std::variant<AotiModel, TorchScriptModel>;

  /// Lets packages that are first run meanwhile look at their inputs.
  class ChecksOn {
   public:
    ChecksOn() {
      if (const char* value = std::getenv(k_variable)) {
        before_ = value;
      }
      setenv(k_variable, "1", 1);
    }
    ~ChecksOn() { before_ ? setenv(k_variable, before_->c_str(), 1) : unsetenv(k_variable); }
    ChecksOn(const ChecksOn&) = delete;
    ChecksOn& operator=(const ChecksOn&) = delete;

   private:
    static constexpr const char* k_variable = "AOTI_RUNTIME_CHECK_INPUTS";
    std::optional<std::string> before_;
  };

  /// torch states 2 as the least size of a dynamic dimension, runs 1 all the same, and looks no
  /// further: false then, with that dimension made twice as long.
  static bool passes(AotiModel& checking, std::vector<at::Tensor>& inputs) {
    try {
      static_cast<void>(checking.run(inputs));
      return true;
    } catch (const std::exception& error) {
      static const std::regex k_too_small(
          R"(input_handles\[(\d+)\]: dim value is too small at (\d+), .*>= 2, but got: 1\b)");
      std::cmatch found;
      if (!std::regex_search(error.what(), found, k_too_small)) {
        throw;
      }
      at::Tensor& input = inputs.at(std::stoul(found[1]));
      input = at::cat({input, input}, std::stol(found[2]));
      return false;
    }
  }

  static Model opened(const std::string& path, c10::Device device) {
    if (!std::ifstream(path)) {
      throw Error("no file at " + path);
    }
    try {
      if (path.size() >= 4 && path.compare(path.size() - 4, 4, ".pt2") == 0) {
        check_device(path, device);
        return AotiModel(path, 1);
      }
      return TorchScriptModel(torch::jit::load(path, device));
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      throw Error("cannot load " + path +
                  ": expected an AOTInductor package (.pt2) or a TorchScript module (.pt, .ts), " +
                  "got one that torch refuses (" + first_line(error) + ")");
    }
  }

  static void check_device(const std::string& path, c10::Device device) {
    const auto metadata = AotiModel::metadata(path);
    const auto entry = metadata.find("AOTI_DEVICE_KEY");
    const std::string compiled_for = entry == metadata.end() ? "cpu" : entry->second;
    const std::string wanted = c10::DeviceTypeName(device.type(), /*lower_case=*/true);
    if (compiled_for != wanted) {
      throw Error(path + " was compiled for " + compiled_for + ", " + wanted +
                  " was asked for; export it for that device");
    }
  }

  static std::string first_line(const std::exception& error) {
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
  }

  std::string path_;
  Model model_;
};

}  // namespace pytimer
