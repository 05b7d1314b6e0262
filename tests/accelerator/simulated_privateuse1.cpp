// A PrivateUse1 device on virtual time, for tests of the clock on c10::Event.
//
// Host time moves only by the costs set here, by sim_host_work and by waiting. Streams run their
// work in order, and different streams do not wait for each other. It proves order, arithmetic,
// errors and leaks; it says nothing about real clocks. Loading it registers the device with torch,
// which has one PrivateUse1 device in a process, for good.

#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace {

using c10::Device;
using c10::DeviceIndex;
using c10::DeviceType;
using c10::Stream;
using c10::StreamId;

constexpr DeviceIndex k_devices = 2;
constexpr DeviceType k_type = DeviceType::PrivateUse1;

struct Event {
  std::int64_t at_ns = 0;
  DeviceIndex device = 0;
};

struct State {
  std::int64_t now_ns = 0;
  std::int64_t launch_cost_ns = 0;
  std::int64_t record_cost_ns = 0;
  std::map<std::pair<DeviceIndex, StreamId>, std::int64_t> stream_ends_ns;
  StreamId streams = 0;  // made so far, beside the default ones
  std::map<std::string, int> faults;
  int fails_at = -1;  // by index among all calls
  int counted = 0;
  std::map<std::string, int> calls;
  std::string log;
  bool has_failed = false;
  int live_events = 0;
  int most_live_events = 0;
};

State state;
std::recursive_mutex mutex;  // of the state: each function is one step
using Lock = std::lock_guard<std::recursive_mutex>;

thread_local DeviceIndex current_device = 0;
thread_local std::array<StreamId, k_devices> current_streams{};

/// Notes the call; throws where it was told to fail.
void enter(const char* name) {
  state.log += name;
  state.log += '\n';
  ++state.calls[name];
  if (state.counted++ == state.fails_at) {
    TORCH_CHECK(false, "simulated fault in ", name);
  }
  const auto fault = state.faults.find(name);
  if (fault != state.faults.end() && --fault->second == 0) {
    state.faults.erase(fault);
    TORCH_CHECK(false, "simulated fault in ", name);
  }
}

/// As enter, for calls in which the failure of a kernel comes to light.
void enter_waiting(const char* name) {
  enter(name);
  TORCH_CHECK(!state.has_failed, "simulated kernel failed");
}

void wait_until(std::int64_t ns) { state.now_ns = std::max(state.now_ns, ns); }

std::int64_t& end_of(const Stream& stream) {
  return state.stream_ends_ns[{stream.device_index(), stream.id()}];
}

Stream stream_of(DeviceIndex device, StreamId id) {
  return Stream(Stream::UNSAFE, Device(k_type, device), id);
}

struct SimulatedGuard final : c10::impl::DeviceGuardImplInterface {
  DeviceType type() const override { return k_type; }
  DeviceIndex deviceCount() const noexcept override { return k_devices; }

  Device getDevice() const override {
    const Lock lock(mutex);
    enter("getDevice");
    return Device(k_type, current_device);
  }
  void setDevice(Device device) const override {
    const Lock lock(mutex);
    enter("setDevice");
    current_device = device.index();
  }
  void uncheckedSetDevice(Device device) const noexcept override {
    current_device = device.index();
  }
  Device exchangeDevice(Device device) const override {
    const Device before(k_type, current_device);
    setDevice(device);
    return before;
  }

  Stream getStream(Device device) const override {
    const DeviceIndex index = device.has_index() ? device.index() : current_device;
    return stream_of(index, current_streams.at(static_cast<std::size_t>(index)));
  }
  Stream getDefaultStream(Device device) const override { return stream_of(device.index(), 0); }
  Stream getNewStream(Device device, int /*priority*/) const override {
    const Lock lock(mutex);
    enter("getNewStream");
    return stream_of(device.has_index() ? device.index() : current_device, ++state.streams);
  }
  Stream getStreamFromGlobalPool(Device device, bool /*high*/) const override {
    return getNewStream(device, 0);
  }
  Stream exchangeStream(Stream stream) const override {
    const auto index = static_cast<std::size_t>(stream.device_index());
    return stream_of(stream.device_index(), std::exchange(current_streams.at(index), stream.id()));
  }

  void record(void** event, const Stream& stream, const DeviceIndex /*device_index*/,
              const c10::EventFlag flag) const override {
    const Lock lock(mutex);
    enter("record");
    TORCH_CHECK(flag == c10::EventFlag::BACKEND_DEFAULT, "recorded an event without timing");
    if (*event == nullptr) {
      *event = new Event();
      state.most_live_events = std::max(state.most_live_events, ++state.live_events);
    }
    state.now_ns += state.record_cost_ns;
    std::int64_t& end_ns = end_of(stream);
    end_ns = std::max(end_ns, state.now_ns);
    *static_cast<Event*>(*event) = {end_ns, stream.device_index()};
  }
  void destroyEvent(void* event, const DeviceIndex /*device_index*/) const noexcept override {
    const Lock lock(mutex);
    --state.live_events;
    delete static_cast<Event*>(event);
  }
  bool queryEvent(void* event) const override {
    const Lock lock(mutex);
    enter_waiting("queryEvent");
    return static_cast<Event*>(event)->at_ns <= state.now_ns;
  }
  void synchronizeEvent(void* event) const override {
    const Lock lock(mutex);
    enter_waiting("synchronizeEvent");
    wait_until(static_cast<Event*>(event)->at_ns);
  }
  double elapsedTime(void* start, void* stop, const DeviceIndex /*device_index*/) const override {
    const Lock lock(mutex);
    enter("elapsedTime");
    const auto ns = static_cast<Event*>(stop)->at_ns - static_cast<Event*>(start)->at_ns;
    return static_cast<double>(ns) / 1e6;
  }

  void synchronizeStream(const Stream& stream) const override {
    const Lock lock(mutex);
    enter_waiting("synchronizeStream");
    wait_until(end_of(stream));
  }
  void synchronizeDevice(const DeviceIndex device) const override {
    const Lock lock(mutex);
    enter_waiting("synchronizeDevice");
    for (const auto& [stream, end_ns] : state.stream_ends_ns) {
      if (stream.first == device) {
        wait_until(end_ns);
      }
    }
  }
};

struct SimulatedHooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(DeviceIndex /*device_index*/) const override { return true; }
  DeviceIndex deviceCount() const override { return k_devices; }
  DeviceIndex getCurrentDevice() const override { return current_device; }
  void setCurrentDevice(DeviceIndex device) const override { current_device = device; }
  DeviceIndex exchangeDevice(DeviceIndex device) const override {
    return std::exchange(current_device, device);
  }
  DeviceIndex maybeExchangeDevice(DeviceIndex device) const override {
    return device < 0 ? current_device : exchangeDevice(device);
  }
};

}  // namespace

C10_REGISTER_GUARD_IMPL(PrivateUse1, SimulatedGuard)

extern "C" {

/// What a backend does beside its guard, for torch.accelerator.
void sim_register_hooks() { at::RegisterPrivateUse1HooksInterface(new SimulatedHooks()); }

/// Forgets everything but the events that live: time 0, no costs, no faults, no work.
void sim_reset() {
  const Lock lock(mutex);
  State fresh;
  fresh.live_events = state.live_events;
  state = fresh;
}
/// Host time, nanoseconds. Fits pytimer::HostNow.
std::int64_t sim_now_ns() {
  const Lock lock(mutex);
  return state.now_ns;
}
/// The host works for so long.
void sim_host_work(std::int64_t ns) {
  const Lock lock(mutex);
  state.now_ns += ns;
}
/// Host time that one launch, or one record of an event, takes.
void sim_set_launch_cost(std::int64_t ns) { state.launch_cost_ns = ns; }
void sim_set_record_cost(std::int64_t ns) { state.record_cost_ns = ns; }

/// Puts a kernel of that length on a stream of the current device; -1: the current stream.
void sim_launch(std::int64_t duration_ns, std::int64_t stream) {
  const Lock lock(mutex);
  state.log += "launch\n";
  state.now_ns += state.launch_cost_ns;
  const auto index = static_cast<std::size_t>(current_device);
  std::int64_t& end_ns =
      end_of(stream_of(current_device, stream < 0 ? current_streams.at(index) : stream));
  end_ns = std::max(end_ns, state.now_ns) + duration_ns;
}

/// The nth call from now (1 is the next) of the guard's function of that name fails.
void sim_fail_call(const char* name, int nth) {
  const Lock lock(mutex);
  state.faults[name] = nth;
}
/// The call of that index from now (0 is the next) fails, whichever function it is of.
void sim_fail_at(int index) {
  const Lock lock(mutex);
  state.fails_at = index;
  state.counted = 0;
}
/// A kernel has failed: every call that waits or asks reports it, until sim_reset.
void sim_fail_asynchronously() { state.has_failed = true; }

/// Calls of the guard's function of that name since sim_reset.
int sim_calls(const char* name) {
  const Lock lock(mutex);
  return state.calls[name];
}
/// Names of all calls and launches in order, a line each; valid until the next call.
const char* sim_log() { return state.log.c_str(); }
/// Events made and not destroyed, now and at most since sim_reset.
int sim_live_events() { return state.live_events; }
int sim_most_live_events() { return state.most_live_events; }
int sim_current_device() { return current_device; }
}
