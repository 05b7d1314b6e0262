// pytimer._torch: calls that need libtorch. Import torch first.

#include <torch/csrc/utils/pybind.h>

#include <memory>
#include <utility>
#include <vector>

#include "pytimer/native_call.hpp"
#include "torch/torchscript_call.hpp"

namespace py = pybind11;

namespace pytimer {
namespace {

/// Owns what a capsule refers to.
struct TorchScriptCapsule {
  TorchScriptCapsule(torch::jit::Module module, std::vector<at::Tensor> inputs)
      : call(std::move(module), std::move(inputs)), native(call.native_call()) {}
  TorchScriptCall call;
  NativeCall native;
};

py::capsule torchscript_call(torch::jit::Module module, std::vector<at::Tensor> inputs) {
  auto owned = std::make_unique<TorchScriptCapsule>(std::move(module), std::move(inputs));
  PyObject* capsule =
      PyCapsule_New(&owned->native, NativeCall::k_capsule_name, [](PyObject* object) {
        delete static_cast<TorchScriptCapsule*>(PyCapsule_GetContext(object));
      });
  if (capsule == nullptr || PyCapsule_SetContext(capsule, owned.get()) != 0) {
    throw py::error_already_set();
  }
  static_cast<void>(owned.release());
  return py::reinterpret_steal<py::capsule>(capsule);
}

}  // namespace
}  // namespace pytimer

PYBIND11_MODULE(_torch, module) {
  module.doc() = "The calls of pytimer that need libtorch.";
  module.def(
      "torchscript_call", &pytimer::torchscript_call, py::arg("module"), py::arg("inputs"),
      "A NativeCall capsule of a TorchScript module (torch._C.ScriptModule) and its tensors.");
}
