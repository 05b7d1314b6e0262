#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace pytimer {

/// A Python callable with its arguments laid out once for the vectorcall protocol, so that a call
/// allocates nothing of ours. The GIL must be held by whoever calls, releases or destroys it.
class PythonCall {
 public:
  PythonCall(pybind11::object function, pybind11::tuple arguments, pybind11::dict keywords)
      : function_(std::move(function)) {
    // Slot 0 is scratch space that PY_VECTORCALL_ARGUMENTS_OFFSET lends to the callee (bound
    // methods put self there instead of copying the arguments).
    layout_.push_back(nullptr);
    for (const auto& argument : arguments) {
      hold(pybind11::reinterpret_borrow<pybind11::object>(argument));
    }
    positional_ = layout_.size() - 1;
    pybind11::tuple names(keywords.size());
    std::size_t index = 0;
    for (const auto& [name, value] : keywords) {
      names[index++] = name;
      hold(pybind11::reinterpret_borrow<pybind11::object>(value));
    }
    if (index > 0) {
      names_ = std::move(names);
    }
  }
  PythonCall(const PythonCall&) = delete;
  PythonCall& operator=(const PythonCall&) = delete;
  ~PythonCall() { release(); }

  void operator()() {
    result_ = PyObject_Vectorcall(function_.ptr(), layout_.data() + 1,
                                  positional_ | PY_VECTORCALL_ARGUMENTS_OFFSET, names_.ptr());
    if (result_ == nullptr) {
      throw pybind11::error_already_set();
    }
  }
  void release() noexcept { Py_CLEAR(result_); }

 private:
  void hold(pybind11::object object) {
    layout_.push_back(object.ptr());
    held_.push_back(std::move(object));
  }

  pybind11::object function_;
  pybind11::object names_;
  std::vector<pybind11::object> held_;
  std::vector<PyObject*> layout_;
  std::size_t positional_ = 0;
  PyObject* result_ = nullptr;
};

}  // namespace pytimer
