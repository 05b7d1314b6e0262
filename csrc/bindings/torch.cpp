// pytimer._torch: what needs libtorch. Import torch first.

#include <torch/csrc/utils/pybind.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings/accelerator.hpp"
#include "pytimer/native_call.hpp"
#include "pytimer/torch/aoti_model.hpp"
#include "pytimer/torch/model_call.hpp"
#include "pytimer/torch/torchscript_model.hpp"

namespace py = pybind11;

namespace pytimer {
namespace {

using TensorSets = std::vector<std::vector<at::Tensor>>;

/// Owns what its capsule refers to.
template <class Model>
struct Owned {
  Owned(Model model, std::vector<typename Model::Inputs> sets)
      : call(std::move(model), std::move(sets)), native(call.native_call()) {}
  ModelCall<Model> call;
  NativeCall native;
};

template <class Model>
py::capsule capsule_of(Model model, const TensorSets& sets) {
  if (sets.empty()) {
    throw py::value_error("expected at least one set of inputs, got none");
  }
  std::vector<typename Model::Inputs> inputs;
  for (const auto& set : sets) {
    inputs.emplace_back(set.begin(), set.end());
  }
  auto owned = std::make_unique<Owned<Model>>(std::move(model), std::move(inputs));
  PyObject* capsule = PyCapsule_New(
      &owned->native, NativeCall::k_capsule_name,
      [](PyObject* object) { delete static_cast<Owned<Model>*>(PyCapsule_GetContext(object)); });
  if (capsule == nullptr || PyCapsule_SetContext(capsule, owned.get()) != 0) {
    throw py::error_already_set();
  }
  static_cast<void>(owned.release());
  return py::reinterpret_steal<py::capsule>(capsule);
}

}  // namespace
}  // namespace pytimer

PYBIND11_MODULE(_torch, module) {
  using namespace pytimer;
  module.doc() = "The parts of pytimer that need libtorch.";

  module.def(
      "torchscript_call",
      [](const torch::jit::Module& script, const TensorSets& sets) {
        return capsule_of(TorchScriptModel(script), sets);
      },
      py::arg("module"), py::arg("sets"),
      "A NativeCall capsule of a TorchScript module (torch._C.ScriptModule), which takes the sets\n"
      "of tensors in turn.");

  py::class_<AotiModel>(module, "AotiModel", "The model of an AOTInductor package, loaded.")
      .def(py::init<const std::string&, std::size_t>(), py::arg("path"), py::arg("runners"),
           py::call_guard<py::gil_scoped_release>(),
           "Runs the package's machine code. runners: how many threads may call it at once.")
      .def_static("metadata", &AotiModel::metadata, py::arg("path"),
                  "What the package says of itself; loads nothing.")
      .def("call_spec", &AotiModel::call_spec,
           "How inputs and outputs are nested: two tree specifications, as JSON.")
      .def("run", &AotiModel::run, py::arg("inputs"), py::call_guard<py::gil_scoped_release>(),
           "Flat tensors in, flat tensors out; shapes are not looked at.")
      .def(
          "native_call",
          [](const AotiModel& model, const TensorSets& sets) { return capsule_of(model, sets); },
          py::arg("sets"), "A NativeCall capsule, which takes the sets of tensors in turn.");

  bind_accelerator(module);
}
