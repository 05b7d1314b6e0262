#include "bindings/accelerator.hpp"

#include <c10/core/Device.h>
#include <c10/core/Event.h>
#include <c10/core/Stream.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>

#include "pytimer/accelerator_stream.hpp"

namespace py = pybind11;

namespace pytimer {
namespace {

/// Runs `operation`; returns null, or what it threw in words.
template <class Operation>
const char* text_of_failure(Operation&& operation) noexcept {
  thread_local std::string text;
  try {
    operation();
    return nullptr;
  } catch (const c10::Error& error) {
    text = error.what_without_backtrace();
  } catch (const std::exception& error) {
    text = error.what();
  }
  return text.c_str();
}

/// One stream, by torch's interface to all kinds of device: what an AcceleratorStream needs.
class StreamContext {
 public:
  explicit StreamContext(const c10::Stream& stream)
      : guard_(stream.device_type()), stream_(stream) {}

  /// Refers to this object, which must outlive its use.
  [[nodiscard]] AcceleratorStream accelerator_stream() noexcept {
    return {&event_create,  &event_destroy,        &event_record, &event_synchronize,
            &event_elapsed, &device_synchronize,   &get_device,   &set_device,
            this,           stream_.device_index()};
  }

 private:
  static StreamContext& self(void* context) { return *static_cast<StreamContext*>(context); }
  static c10::Event& event_of(AcceleratorEventHandle event) {
    return *reinterpret_cast<c10::Event*>(event);
  }

  static const char* event_create(void* context, AcceleratorEventHandle* event) {
    return text_of_failure([&] {
      // BACKEND_DEFAULT is the flag that enables timing.
      auto made = std::make_unique<c10::Event>(self(context).stream_.device_type(),
                                               c10::EventFlag::BACKEND_DEFAULT);
      *event = reinterpret_cast<AcceleratorEventHandle>(made.release());
    });
  }
  static void event_destroy(void* /*context*/, AcceleratorEventHandle event) {
    delete &event_of(event);
  }
  static const char* event_record(void* context, AcceleratorEventHandle event) {
    return text_of_failure([&] { event_of(event).record(self(context).stream_); });
  }
  static const char* event_synchronize(void* /*context*/, AcceleratorEventHandle event) {
    return text_of_failure([&] { event_of(event).synchronize(); });
  }
  static const char* event_elapsed(void* /*context*/, AcceleratorEventHandle start,
                                   AcceleratorEventHandle stop, double* seconds) {
    return text_of_failure([&] { *seconds = event_of(start).elapsedTime(event_of(stop)) / 1e3; });
  }
  static const char* device_synchronize(void* context) {
    return text_of_failure(
        [&] { self(context).guard_.synchronizeDevice(self(context).stream_.device_index()); });
  }
  static const char* get_device(void* context, int* device) {
    return text_of_failure([&] { *device = self(context).guard_.getDevice().index(); });
  }
  static const char* set_device(void* context, int device) {
    return text_of_failure([&] {
      const auto type = self(context).stream_.device_type();
      self(context).guard_.setDevice({type, static_cast<c10::DeviceIndex>(device)});
    });
  }

  c10::impl::VirtualGuardImpl guard_;
  c10::Stream stream_;
};

/// Owns what a capsule refers to.
struct StreamCapsule {
  explicit StreamCapsule(const c10::Stream& stream)
      : context(stream), description(context.accelerator_stream()) {}
  StreamContext context;
  AcceleratorStream description;
};

/// A kind of device, by torch's interface to all kinds of device. torch.accelerator would do, but
/// it knows one kind only, and a PrivateUse1 device only once it has been renamed and has a module.
class Accelerator {
 public:
  explicit Accelerator(const std::string& type) : type_(c10::Device(type).type()), guard_(type_) {}

  static bool is_present(const std::string& type) {
    return c10::impl::hasDeviceGuardImpl(c10::Device(type).type());
  }

  [[nodiscard]] int count() const { return guard_.deviceCount(); }
  [[nodiscard]] int current() const { return guard_.getDevice().index(); }
  [[nodiscard]] int exchange(int index) const {
    return guard_.exchangeDevice(device(index)).index();
  }
  [[nodiscard]] std::int64_t exchange_stream(int index, std::int64_t stream) const {
    return guard_.exchangeStream(c10::Stream(c10::Stream::UNSAFE, device(index), stream)).id();
  }
  void synchronize(int index) const {
    guard_.synchronizeDevice(static_cast<c10::DeviceIndex>(index));
  }

  [[nodiscard]] py::capsule current_stream(int index) const {
    auto owned = std::make_unique<StreamCapsule>(guard_.getStream(device(index)));
    PyObject* capsule = PyCapsule_New(
        &owned->description, AcceleratorStream::k_capsule_name,
        [](PyObject* object) { delete static_cast<StreamCapsule*>(PyCapsule_GetContext(object)); });
    if (capsule == nullptr || PyCapsule_SetContext(capsule, owned.get()) != 0) {
      throw py::error_already_set();
    }
    static_cast<void>(owned.release());
    return py::reinterpret_steal<py::capsule>(capsule);
  }

 private:
  [[nodiscard]] c10::Device device(int index) const {
    return {type_, static_cast<c10::DeviceIndex>(index)};
  }

  c10::DeviceType type_;
  c10::impl::VirtualGuardImpl guard_;
};

}  // namespace

void bind_accelerator(py::module_& module) {
  py::class_<Accelerator>(module, "Accelerator",
                          "A kind of device, such as \"xpu\", as torch knows any of them.")
      .def(py::init<const std::string&>(), py::arg("type"))
      .def_static("is_present", &Accelerator::is_present, py::arg("type"),
                  "Whether torch has that kind, with or without a device.")
      .def("count", &Accelerator::count)
      .def("current", &Accelerator::current, "Index of the device that is current on this thread.")
      .def("exchange", &Accelerator::exchange, py::arg("index"),
           "Make a device current on this thread; returns the index of the one before.")
      .def("exchange_stream", &Accelerator::exchange_stream, py::arg("index"), py::arg("stream"),
           "Make the stream of that id current on this thread; returns the id of the one before.")
      .def("synchronize", &Accelerator::synchronize, py::arg("index"),
           py::call_guard<py::gil_scoped_release>(), "Wait until the device is idle.")
      .def("current_stream", &Accelerator::current_stream, py::arg("index"),
           "An AcceleratorStream capsule of the device's current stream on this thread.");
}

}  // namespace pytimer
