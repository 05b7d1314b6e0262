#pragma once

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/ScalarType.h>

#if __has_include(<torch/headeronly/version.h>)
#include <torch/headeronly/version.h>
#else
#include <torch/version.h>
#endif

#include <optional>
#include <string>

#include "pytimer/environment.hpp"

namespace pytimer {

/// As Python names it: "float32".
[[nodiscard]] inline std::string dtype_name(c10::ScalarType type) {
  return std::string(c10::getDtypeNames(type).first);
}

/// "highest", "high" or "medium"; none where it was set for single backends, which torch refuses
/// to tell of as one.
[[nodiscard]] inline std::optional<std::string> matmul_precision(const at::Context& context) {
  try {
    switch (context.float32MatmulPrecision()) {
      case at::Float32MatmulPrecision::HIGHEST:
        return "highest";
      case at::Float32MatmulPrecision::HIGH:
        return "high";
      case at::Float32MatmulPrecision::MEDIUM:
        return "medium";
    }
  } catch (const c10::Error&) {
  }
  return std::nullopt;
}

/// The torch that this program runs with, and its settings that change a timing, as they are now.
[[nodiscard]] inline TorchFacts torch_facts() {
  const at::Context& context = at::globalContext();
  TorchFacts facts;
  facts.version = TORCH_VERSION;
  facts.threads = at::get_num_threads();
  facts.interop_threads = at::get_num_interop_threads();
  facts.default_dtype = dtype_name(c10::get_default_dtype_as_scalartype());
  facts.float32_matmul_precision = matmul_precision(context);
  facts.flags = {{"backends.cudnn.enabled", context.userEnabledCuDNN()},
                 {"backends.cudnn.benchmark", context.benchmarkCuDNN()},
                 {"backends.cudnn.deterministic", context.deterministicCuDNN()},
                 {"backends.mkldnn.enabled", context.userEnabledMkldnn()}};
  facts.attention = {{"flash", context.userEnabledFlashSDP()},
                     {"mem_efficient", context.userEnabledMemEfficientSDP()},
                     {"math", context.userEnabledMathSDP()},
                     {"cudnn", context.userEnabledCuDNNSDP()}};
  facts.deterministic_algorithms = context.deterministicAlgorithms();
  facts.deterministic_warn_only = context.deterministicAlgorithmsWarnOnly();
  return facts;
}

/// Such as "1×3×224×224 float32", for Subject.
[[nodiscard]] inline std::string description_of(const at::Tensor& tensor) {
  std::string text;
  for (const std::int64_t size : tensor.sizes()) {
    text += (text.empty() ? "" : "×") + std::to_string(size);
  }
  return (text.empty() ? "scalar" : text) + " " + dtype_name(tensor.scalar_type());
}

}  // namespace pytimer
