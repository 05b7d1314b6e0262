#pragma once

#include <pybind11/pybind11.h>

namespace pytimer {

/// Adds the class Accelerator to the module.
void bind_accelerator(pybind11::module_& module);

}  // namespace pytimer
