// pytimer._core: the torch-free timed loops, clocks and sample buffers.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings/busy_wait.hpp"
#include "bindings/capsule_call.hpp"
#include "bindings/gate.hpp"
#include "bindings/python_call.hpp"
#include "bindings/signal_gate.hpp"
#include "pytimer/accelerator_clock.hpp"
#include "pytimer/accelerator_stream.hpp"
#include "pytimer/cuda_clock.hpp"
#include "pytimer/cuda_queued.hpp"
#include "pytimer/cuda_runtime.hpp"
#include "pytimer/cuda_spin.hpp"
#include "pytimer/error.hpp"
#include "pytimer/host_clock.hpp"
#include "pytimer/request_loop.hpp"
#include "pytimer/samples.hpp"
#include "pytimer/timed_loop.hpp"

namespace py = pybind11;

namespace pytimer {
namespace {

HostNow host_now_at(std::optional<std::uintptr_t> address) {
  return address ? reinterpret_cast<HostNow>(*address) : &steady_now_ns;
}

HostWait host_wait_at(std::optional<std::uintptr_t> address) {
  return address ? reinterpret_cast<HostWait>(*address) : &steady_wait;
}

const AcceleratorStream& stream_in(const py::capsule& capsule) {
  const auto* stream = static_cast<const AcceleratorStream*>(
      PyCapsule_GetPointer(capsule.ptr(), AcceleratorStream::k_capsule_name));
  if (stream == nullptr) {
    throw py::error_already_set();
  }
  return *stream;
}

/// No call at all: what remains is the loop itself.
struct EmptyCall {
  void prepare() const noexcept {}
  void operator()() const noexcept {}
  void release() const noexcept {}
};

/// Moves a column into a read-only array that owns it; nothing is copied.
template <class Value>
py::array_t<Value> take(std::vector<Value>& column) {
  auto* owned = new std::vector<Value>(std::move(column));
  column.clear();
  const py::capsule owner(owned, [](void* p) { delete static_cast<std::vector<Value>*>(p); });
  py::array_t<Value> array(static_cast<py::ssize_t>(owned->size()), owned->data(), owner);
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

py::typing::Dict<py::str, py::array_t<double>> take_columns(Samples& samples) {
  py::typing::Dict<py::str, py::array_t<double>> taken;
  for (const auto& [name, column] : {std::pair{"host_s", &samples.host_s},
                                     {"enqueue_s", &samples.enqueue_s},
                                     {"device_s", &samples.device_s},
                                     {"drain_s", &samples.drain_s},
                                     {"finish_s", &samples.finish_s}}) {
    if (!column->empty()) {
      taken[name] = take(*column);
    }
  }
  return taken;
}

py::typing::Dict<py::str, py::array_t<double>> take_requests(Requests& requests) {
  py::typing::Dict<py::str, py::array_t<double>> taken;
  taken["arrival_s"] = take(requests.arrival_s);
  taken["start_s"] = take(requests.start_s);
  taken["finish_s"] = take(requests.finish_s);
  taken["free_s"] = take(requests.free_s);
  return taken;
}

std::optional<py::array_t<double>> copy_from(const std::vector<double>& column, std::size_t first) {
  if (column.empty()) {
    return std::nullopt;
  }
  first = first < column.size() ? first : column.size();
  return py::array_t<double>(static_cast<py::ssize_t>(column.size() - first),
                             column.data() + first);
}

/// Offers a loop for every kind of call: Python calls hold the GIL except while waiting for the
/// device; native calls run without it.
template <class Clock>
void bind_isolated(py::module_& module) {
  using ReleaseGil = py::gil_scoped_release;
  const auto clock = py::arg("clock");
  const auto call = py::arg("call");
  const auto repetitions = py::arg("repetitions");
  const auto samples = py::arg("samples");
  module.def("isolated", &isolated<ReleaseGil, Clock, PythonCall>, clock, call, repetitions,
             samples, "Time the calls one by one, each on an idle device; samples are appended.");
  module.def("isolated", &isolated<NoScope, Clock, CapsuleCall>, clock, call, repetitions, samples,
             py::call_guard<ReleaseGil>());
  module.def("isolated", &isolated<NoScope, Clock, const EmptyCall>, clock, call, repetitions,
             samples);
  module.def("isolated", &isolated<NoScope, Clock, BusyWait>, clock, call, repetitions, samples);
}

template <class Clock, class CallA, class CallB>
void bind_paired_calls(py::module_& module) {
  module.def("paired", &paired<py::gil_scoped_release, Clock, CallA, CallB>, py::arg("clock"),
             py::arg("a"), py::arg("b"), py::arg("b_first"), py::arg("samples_a"),
             py::arg("samples_b"),
             "Time two calls in pairs; of each pair the first is `b` where `b_first` is not 0.");
}

template <class Clock>
void bind_paired(py::module_& module) {
  bind_paired_calls<Clock, PythonCall, PythonCall>(module);
  bind_paired_calls<Clock, PythonCall, CapsuleCall>(module);
  bind_paired_calls<Clock, CapsuleCall, PythonCall>(module);
  bind_paired_calls<Clock, CapsuleCall, CapsuleCall>(module);
}

template <class WaitScope, class Clock, class Call>
WallWindow pipelined_at(const Clock& clock, Call& call, std::size_t calls, Samples& samples,
                        std::optional<PythonGate*> gate) {
  return gate ? pipelined<WaitScope>(clock, call, calls, samples, **gate)
              : pipelined<WaitScope>(clock, call, calls, samples);
}

template <class Clock>
void bind_pipelined(py::module_& module) {
  using ReleaseGil = py::gil_scoped_release;
  const auto clock = py::arg("clock");
  const auto call = py::arg("call");
  const auto calls = py::arg("calls");
  const auto samples = py::arg("samples");
  const auto gate = py::arg("gate") = py::none();
  module.def("pipelined", &pipelined_at<ReleaseGil, Clock, PythonCall>, clock, call, calls, samples,
             gate,
             "Issue the calls without waiting in between and synchronise once at the end.\n\n"
             "Samples are appended. The gate is waited at when all is ready; where it is shut, no\n"
             "more calls are made.");
  module.def("pipelined", &pipelined_at<NoScope, Clock, CapsuleCall>, clock, call, calls, samples,
             gate, py::call_guard<ReleaseGil>());
  module.def("pipelined", &pipelined_at<NoScope, Clock, BusyWait>, clock, call, calls, samples,
             gate);
}

const char* name_of(Ending ending) noexcept {
  switch (ending) {
    case Ending::all_served:
      return "served";
    case Ending::queue_full:
      return "queue-full";
    case Ending::out_of_time:
      return "out-of-time";
    case Ending::stopped:
      break;
  }
  return "interrupted";
}

template <class WaitScope, class Clock, class Call>
const char* serve_scheduled(const Clock& clock, Call& call,
                            const py::array_t<std::int64_t, py::array::c_style>& arrivals_ns,
                            std::size_t most_waiting, std::int64_t last_start_ns,
                            Requests& requests) {
  const auto count = static_cast<std::size_t>(arrivals_ns.size());
  SignalGate gate;
  return name_of(serve<WaitScope>(clock, call, ScheduledArrivals(arrivals_ns.data(), count),
                                  {most_waiting, last_start_ns}, requests, gate));
}

template <class WaitScope, class Clock, class Call>
const char* serve_paced(const Clock& clock, Call& call, std::int64_t idle_ns, std::size_t count,
                        std::int64_t last_start_ns, Requests& requests) {
  SignalGate gate;
  return name_of(serve<WaitScope>(clock, call, PacedArrivals(idle_ns, count), {1, last_start_ns},
                                  requests, gate));
}

template <class Clock>
void bind_serve(py::module_& module) {
  using ReleaseGil = py::gil_scoped_release;
  const auto clock = py::arg("clock");
  const auto call = py::arg("call");
  const auto arrivals_ns = py::arg("arrivals_ns");
  const auto most_waiting = py::arg("most_waiting");
  const auto idle_ns = py::arg("idle_ns");
  const auto count = py::arg("count");
  const auto last_start_ns = py::arg("last_start_ns");
  const auto requests = py::arg("requests");
  module.def("serve_scheduled", &serve_scheduled<ReleaseGil, Clock, PythonCall>, clock, call,
             arrivals_ns, most_waiting, last_start_ns, requests,
             "Serve requests that arrive at these moments since the loop began; returns why it\n"
             "ended: served, queue-full, out-of-time or interrupted. Requests are appended.");
  module.def("serve_scheduled", &serve_scheduled<NoScope, Clock, CapsuleCall>, clock, call,
             arrivals_ns, most_waiting, last_start_ns, requests, py::call_guard<ReleaseGil>());
  module.def("serve_paced", &serve_paced<ReleaseGil, Clock, PythonCall>, clock, call, idle_ns,
             count, last_start_ns, requests,
             "Serve requests of which each arrives `idle_ns` after the one before was finished.");
  module.def("serve_paced", &serve_paced<NoScope, Clock, CapsuleCall>, clock, call, idle_ns, count,
             last_start_ns, requests, py::call_guard<ReleaseGil>());
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
  } catch (const AcceleratorError& error) {
    raise("AcceleratorError", std::string(error.what()), error.operation());
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
  module.doc() = "The torch-free timed loops, clocks and sample buffers of pytimer.";
  py::register_local_exception_translator(&translate);

  py::class_<Samples>(module, "Samples", "Columns of a loop's measurements, seconds.")
      .def(py::init<>())
      .def(
          "take", &take_columns,
          "Hand over the measured columns by name, as read-only arrays without a copy. Nothing is\n"
          "left behind.")
      .def(
          "take_clean", [](Samples& s) { return take(s.clean); },
          "Hand over, likewise, which samples are clean: 1 or 0; empty unless queued.")
      .def(
          "copy_latest",
          [](const Samples& s, std::size_t first) {
            return s.device_s.empty() ? copy_from(s.host_s, first) : copy_from(s.device_s, first);
          },
          py::arg("first"),
          "Copy of device_s, or of host_s where there is none, from index `first` on.");

  py::class_<Requests>(module, "Requests", "What a request loop has seen, seconds.")
      .def(py::init<>())
      .def("take", &take_requests,
           "Hand over the columns by name, as read-only arrays without a copy. Nothing is left\n"
           "behind.");

  py::class_<HostClock>(module, "HostClock", "Times calls that do their work on the host.")
      .def(py::init([](std::optional<std::uintptr_t> now, std::optional<std::uintptr_t> wait) {
             return HostClock(host_now_at(now), host_wait_at(wait));
           }),
           py::arg("now") = py::none(), py::arg("wait") = py::none(),
           "now: address of a C function `int64_t()` that returns nanoseconds; None: the steady\n"
           "clock of the host.\n"
           "wait: address of a C function `void(int64_t)` that lets time pass until `now` returns\n"
           "its argument, or less of it; None: sleep, then spin.")
      .def("now_ns", &HostClock::now_ns);

  py::class_<CudaRuntime>(module, "CudaRuntime", "The CUDA runtime's functions, found at run time.")
      .def_static("from_process", py::overload_cast<int>(&CudaRuntime::from_process),
                  py::arg("major"), "The runtime that this process has loaded; loads nothing.")
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
                       std::optional<std::uintptr_t> now, std::optional<std::uintptr_t> wait) {
             return CudaClock(runtime, reinterpret_cast<StreamHandle>(stream), device,
                              host_now_at(now), host_wait_at(wait));
           }),
           py::arg("runtime"), py::arg("stream"), py::arg("device"), py::arg("now") = py::none(),
           py::arg("wait") = py::none(),
           "stream: the cudaStream_t as an integer; 0 is the legacy default stream.\n"
           "now, wait: as for HostClock.")
      .def("now_ns", &CudaClock::now_ns);

  py::class_<AcceleratorClock>(module, "AcceleratorClock",
                               "Times calls on a stream of any accelerator by its events.")
      .def(py::init([](const py::capsule& stream, std::optional<std::uintptr_t> now,
                       std::optional<std::uintptr_t> wait) {
             return AcceleratorClock(stream_in(stream), host_now_at(now), host_wait_at(wait));
           }),
           py::arg("stream"), py::arg("now") = py::none(), py::arg("wait") = py::none(),
           py::keep_alive<1, 2>(),
           "stream: an AcceleratorStream capsule.\n"
           "now, wait: as for HostClock.")
      .def("now_ns", &AcceleratorClock::now_ns);

  py::class_<CudaSpin>(module, "CudaSpin", "A kernel that occupies a stream for a stated time.")
      .def(py::init<const CudaRuntime&>(), py::arg("runtime"))
      .def(
          "launch",
          [](const CudaSpin& spin, std::uintptr_t stream, std::int64_t duration_ns,
             std::uintptr_t stamps) {
            spin.launch(reinterpret_cast<StreamHandle>(stream), duration_ns,
                        reinterpret_cast<std::uint64_t*>(stamps));
          },
          py::arg("stream"), py::arg("duration_ns"), py::arg("stamps") = 0,
          "stamps: address of device memory for two uint64, which receive the device's global\n"
          "timer, nanoseconds, at start and end; 0: none.");

  py::class_<CudaQueuedClock>(module, "CudaQueuedClock", "Times calls behind a spin.")
      .def(py::init<const CudaClock&, const CudaSpin&, std::int64_t>(), py::arg("clock"),
           py::arg("spin"), py::arg("spin_ns"), py::keep_alive<1, 3>());

  py::class_<PythonCall>(module, "PythonCall",
                         "A Python callable, called with each set of arguments in turn.")
      .def(py::init<py::object, const std::vector<PythonCall::Set>&, py::object>(),
           py::arg("function"), py::arg("sets"), py::arg("before") = py::none(),
           "sets: (arguments, keywords) pairs, at least one.\n"
           "before: called untimed before each repetition; None: nothing.");

  py::class_<CapsuleCall>(module, "CapsuleCall", "A native call; runs without the GIL.")
      .def(py::init<py::capsule, py::object>(), py::arg("capsule"), py::arg("before") = py::none(),
           "before: as for PythonCall.");

  py::class_<EmptyCall>(module, "EmptyCall", "No call at all: what remains is the loop itself.")
      .def(py::init<>());

  py::class_<BusyWait>(module, "BusyWait", "Work of known length on the host; stamps itself.")
      .def(py::init<std::int64_t, std::size_t>(), py::arg("length_ns"), py::arg("calls"))
      .def(
          "__call__",
          [](BusyWait& work) {
            work();
            work.release();
          },
          "Do the work once.")
      .def(
          "lengths_s",
          [](const BusyWait& work) {
            const auto& lengths = work.lengths_s();
            return py::array_t<double>(static_cast<py::ssize_t>(lengths.size()), lengths.data());
          },
          "How long each call took by its own stamps, seconds.");

  py::class_<WallWindow>(module, "WallWindow",
                         "The wall window of pipelined calls, by the host's clock, nanoseconds.")
      .def(py::init<std::int64_t, std::int64_t>(), py::arg("opened_ns"), py::arg("closed_ns"))
      .def_readonly("opened_ns", &WallWindow::opened_ns)
      .def_readonly("closed_ns", &WallWindow::closed_ns)
      .def_property_readonly("seconds", &WallWindow::seconds, "Its length.");

  py::class_<PythonGate>(module, "Gate", "Where the windows of several threads wait and end.")
      .def(py::init<py::typing::Callable<py::object()>>(), py::arg("wait"),
           "wait: called by each window when it is ready to open; what it raises ends the loop.")
      .def("wait", &PythonGate::wait)
      .def("shut", &PythonGate::shut, "No window makes another call.")
      .def_property_readonly("is_shut", &PythonGate::is_shut);

  bind_isolated<HostClock>(module);
  bind_isolated<CudaClock>(module);
  bind_isolated<CudaQueuedClock>(module);
  bind_isolated<AcceleratorClock>(module);
  bind_paired<HostClock>(module);
  bind_paired<CudaClock>(module);
  bind_paired<AcceleratorClock>(module);
  bind_pipelined<HostClock>(module);
  bind_pipelined<CudaClock>(module);
  bind_pipelined<AcceleratorClock>(module);
  bind_serve<HostClock>(module);
  bind_serve<CudaClock>(module);
  bind_serve<AcceleratorClock>(module);
}
