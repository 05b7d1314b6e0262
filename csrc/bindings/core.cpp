// pytimer._core: the torch-free timed loops, clocks and sample buffers.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings/python_call.hpp"
#include "pytimer/cuda_clock.hpp"
#include "pytimer/cuda_runtime.hpp"
#include "pytimer/error.hpp"
#include "pytimer/host_clock.hpp"
#include "pytimer/native_call.hpp"
#include "pytimer/samples.hpp"
#include "pytimer/timed_loop.hpp"

namespace py = pybind11;

namespace pytimer {
namespace {

HostNow host_now_at(std::optional<std::uintptr_t> address) {
  return address ? reinterpret_cast<HostNow>(*address) : &steady_now_ns;
}

/// A NativeCall that keeps its capsule, and so its context, alive.
class CapsuleCall {
 public:
  explicit CapsuleCall(py::capsule capsule)
      : capsule_(std::move(capsule)),
        call_(static_cast<NativeCall*>(
            PyCapsule_GetPointer(capsule_.ptr(), NativeCall::k_capsule_name))) {
    if (call_ == nullptr) {
      throw py::error_already_set();
    }
  }
  void operator()() const { (*call_)(); }
  void release() const noexcept { call_->release(); }

 private:
  py::capsule capsule_;
  NativeCall* call_;
};

/// No call at all: what remains is the loop itself.
struct EmptyCall {
  void operator()() const noexcept {}
  void release() const noexcept {}
};

/// Moves a column into a read-only array that owns it; nothing is copied.
std::optional<py::array_t<double>> take(std::vector<double>& column) {
  if (column.empty()) {
    return std::nullopt;
  }
  auto* owned = new std::vector<double>(std::move(column));
  column.clear();
  const py::capsule owner(owned, [](void* p) { delete static_cast<std::vector<double>*>(p); });
  py::array_t<double> array(static_cast<py::ssize_t>(owned->size()), owned->data(), owner);
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

std::optional<py::array_t<double>> copy_from(const std::vector<double>& column, std::size_t first) {
  if (column.empty()) {
    return std::nullopt;
  }
  first = first < column.size() ? first : column.size();
  return py::array_t<double>(static_cast<py::ssize_t>(column.size() - first),
                             column.data() + first);
}

/// Offers both loops for one clock: Python calls hold the GIL except while waiting for the device;
/// native calls run without it.
template <class Clock>
void bind_loops(py::module_& module) {
  using ReleaseGil = py::gil_scoped_release;
  const auto clock = py::arg("clock");
  const auto call = py::arg("call");
  const auto repetitions = py::arg("repetitions");
  const auto calls = py::arg("calls");
  const auto samples = py::arg("samples");
  module.def("isolated", &isolated<ReleaseGil, Clock, PythonCall>, clock, call, repetitions,
             samples, "Time the calls one by one, each on an idle device; samples are appended.");
  module.def("isolated", &isolated<NoScope, Clock, const CapsuleCall>, clock, call, repetitions,
             samples, py::call_guard<ReleaseGil>());
  module.def("isolated", &isolated<NoScope, Clock, const EmptyCall>, clock, call, repetitions,
             samples);
  module.def("pipelined", &pipelined<ReleaseGil, Clock, PythonCall>, clock, call, calls, samples,
             "Issue the calls without waiting in between and synchronise once at the end.\n\n"
             "Returns the length of that wall window, seconds; samples are appended.");
  module.def("pipelined", &pipelined<NoScope, Clock, const CapsuleCall>, clock, call, calls,
             samples, py::call_guard<ReleaseGil>());
}

void translate(std::exception_ptr thrown) {
  if (!thrown) {
    return;
  }
  const auto raise = [](const char* type, auto&&... arguments) {
    const py::object error = py::module_::import("pytimer.errors").attr(type)(arguments...);
    PyErr_SetObject(py::type::of(error).ptr(), error.ptr());
  };
  try {
    std::rethrow_exception(thrown);
  } catch (const CudaError& error) {
    raise("CudaError", std::string(error.what()), error.call(), error.code());
  } catch (const CallError& error) {
    raise("CallError", std::string(error.what()));
  } catch (const Error& error) {
    raise("PyTimerError", std::string(error.what()));
  }
}

}  // namespace
}  // namespace pytimer

PYBIND11_MODULE(_core, module) {
  using namespace pytimer;
  using Arguments = py::typing::Tuple<py::object, py::ellipsis>;
  using Keywords = py::typing::Dict<py::str, py::object>;
  module.doc() = "The torch-free timed loops, clocks and sample buffers of pytimer.";
  py::register_local_exception_translator(&translate);

  py::class_<Samples>(module, "Samples", "Columns of a loop's measurements, seconds.")
      .def(py::init<>())
      .def(
          "take",
          [](Samples& s) {
            return std::array{take(s.host_s), take(s.enqueue_s), take(s.device_s), take(s.drain_s)};
          },
          "Hand over (host_s, enqueue_s, device_s, drain_s) as read-only arrays without a copy;\n"
          "a column that was not measured is None. Nothing is left behind.")
      .def(
          "copy_latest",
          [](const Samples& s, std::size_t first) {
            return s.device_s.empty() ? copy_from(s.host_s, first) : copy_from(s.device_s, first);
          },
          py::arg("first"),
          "Copy of device_s, or of host_s where there is none, from index `first` on.");

  py::class_<HostClock>(module, "HostClock", "Times calls that do their work on the host.")
      .def(py::init([](std::optional<std::uintptr_t> now) { return HostClock(host_now_at(now)); }),
           py::arg("now") = py::none(),
           "now: address of a C function `int64_t()` that returns nanoseconds; None: the steady\n"
           "clock of the host.")
      .def("now_ns", &HostClock::now_ns);

  py::class_<CudaRuntime>(module, "CudaRuntime", "The CUDA runtime's functions, found at run time.")
      .def_static("from_process", &CudaRuntime::from_process, py::arg("major"),
                  "The runtime that this process has loaded; loads nothing.")
      .def_static("from_library", &CudaRuntime::from_library, py::arg("path"),
                  "The runtime in the shared library at `path`.")
      .def("runtime_version",
           [](const CudaRuntime& runtime) {
             int version = 0;
             runtime.check(runtime.runtime_get_version(&version), "cudaRuntimeGetVersion");
             return version;
           })
      .def("driver_version", [](const CudaRuntime& runtime) {
        int version = 0;
        runtime.check(runtime.driver_get_version(&version), "cudaDriverGetVersion");
        return version;
      });

  py::class_<CudaClock>(module, "CudaClock", "Times calls on a CUDA stream by events.")
      .def(py::init([](const CudaRuntime& runtime, std::uintptr_t stream, int device,
                       std::optional<std::uintptr_t> now) {
             return CudaClock(runtime, reinterpret_cast<StreamHandle>(stream), device,
                              host_now_at(now));
           }),
           py::arg("runtime"), py::arg("stream"), py::arg("device"), py::arg("now") = py::none(),
           "stream: the cudaStream_t as an integer; 0 is the legacy default stream.\n"
           "now: as for HostClock.")
      .def("now_ns", &CudaClock::now_ns);

  py::class_<PythonCall>(module, "PythonCall", "A Python callable with its arguments.")
      .def(py::init<py::object, Arguments, Keywords>(), py::arg("function"), py::arg("arguments"),
           py::arg("keywords"));

  py::class_<CapsuleCall>(module, "CapsuleCall", "A native call; runs without the GIL.")
      .def(py::init<py::capsule>(), py::arg("capsule"));

  py::class_<EmptyCall>(module, "EmptyCall", "No call at all: what remains is the loop itself.")
      .def(py::init<>());

  bind_loops<HostClock>(module);
  bind_loops<CudaClock>(module);
}
