#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/typing.h>

#include <cstddef>
#include <stdexcept>
#include <utility>
#include <vector>

#include "bindings/signal_check.hpp"

namespace pytimer {

/// Arguments laid out once for the vectorcall protocol, so that a call allocates nothing of ours.
class PythonArguments {
 public:
  PythonArguments(const pybind11::tuple& arguments, const pybind11::dict& keywords) {
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

  /// A new reference to what the call returned, or null with a Python error set.
  [[nodiscard]] PyObject* call(PyObject* function) {
    return PyObject_Vectorcall(function, layout_.data() + 1,
                               positional_ | PY_VECTORCALL_ARGUMENTS_OFFSET, names_.ptr());
  }

 private:
  void hold(pybind11::object object) {
    layout_.push_back(object.ptr());
    held_.push_back(std::move(object));
  }

  pybind11::object names_;
  std::vector<pybind11::object> held_;
  std::vector<PyObject*> layout_;
  std::size_t positional_ = 0;
};

/// A Python callable that is called with each of its sets of arguments in turn. The GIL must be
/// held by whoever uses or destroys it.
class PythonCall {
 public:
  using Arguments = pybind11::typing::Tuple<pybind11::object, pybind11::ellipsis>;
  using Keywords = pybind11::typing::Dict<pybind11::str, pybind11::object>;
  using Set = std::pair<Arguments, Keywords>;

  /// `before`, unless None, is called untimed before each repetition.
  PythonCall(pybind11::object function, const std::vector<Set>& sets, pybind11::object before)
      : function_(std::move(function)), before_(std::move(before)) {
    if (sets.empty()) {
      throw std::invalid_argument("expected at least one set of arguments, got none");
    }
    for (const auto& [arguments, keywords] : sets) {
      sets_.emplace_back(arguments, keywords);
    }
  }
  PythonCall(const PythonCall&) = delete;
  PythonCall& operator=(const PythonCall&) = delete;
  ~PythonCall() { release(); }

  void prepare() {
    signal_check_();
    if (!before_.is_none()) {
      before_();
    }
    current_ = &sets_[next_];
    next_ = next_ + 1 == sets_.size() ? 0 : next_ + 1;
  }
  void operator()() {
    result_ = current_->call(function_.ptr());
    if (result_ == nullptr) {
      throw pybind11::error_already_set();
    }
  }
  void release() noexcept { Py_CLEAR(result_); }

 private:
  pybind11::object function_;
  pybind11::object before_;
  std::vector<PythonArguments> sets_;
  std::size_t next_ = 0;
  PythonArguments* current_ = nullptr;
  PyObject* result_ = nullptr;
  SignalCheck signal_check_;  // what is called may be a function in C, such as torch.relu
};

}  // namespace pytimer
