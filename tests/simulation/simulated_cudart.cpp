#include "simulated_cudart.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace {

using Manner = sim_manner;

constexpr int k_success = 0;
constexpr int k_invalid_value = 1;
constexpr int k_invalid_handle = 400;
constexpr int k_not_ready = 600;
constexpr int k_unknown = 999;
constexpr int k_devices = 2;

struct Stream {
  int device = 0;
  int index = 0;
  std::int64_t end_ns = 0;               // of all work so far
  std::deque<std::int64_t> kernel_ends;  // of kernels that may be unfinished
};

struct Event {
  bool recorded = false;
  std::int64_t at_ns = 0;
};

/// What cudaLaunchKernel is given for the spin kernel.
struct Dim3 {
  unsigned x, y, z;
};

/// A kernel in a graph, and where it puts its stamps.
struct GraphNode {
  std::int64_t duration_ns;
  std::uint64_t* stamps;
};

struct Fault {
  int calls_left;
  int status;
};

/// A fault at one call, whichever function it is of.
struct IndexedFault {
  int index = -1;
  int status = k_success;
  Manner manner = Manner::once;
};

/// What CUDA knows of each thread of the host by itself.
struct ThreadState {
  int device = 0;
  int last_error = k_success;
};

thread_local ThreadState of_thread;

struct State {
  std::int64_t now_ns = 0;
  std::int64_t launch_cost_ns = 0;
  std::int64_t record_cost_ns = 0;
  std::size_t queue_depth = 1024;
  int pending_error = k_success;  // of a kernel, not yet reported
  int sticky_error = k_success;
  std::map<void*, Stream> streams;
  std::map<void*, std::unique_ptr<Event>> events;
  std::size_t most_events = 0;
  std::vector<std::unique_ptr<char>> stream_handles;
  bool capturing = false;
  std::vector<std::vector<GraphNode>> graphs;
  std::map<std::string, Fault> faults;
  IndexedFault indexed_fault;
  int counted = 0;  // calls since the indexed fault was set
  int most_calls = std::numeric_limits<int>::max();
  std::string failed_call;
  std::map<std::string, int> calls;
  std::string log;
  std::string timeline;

  Stream& stream(void* handle) {
    // The default stream of each device is made when it is first used.
    static char defaults[k_devices];
    void* key = handle != nullptr ? handle : &defaults[of_thread.device];
    const int index = static_cast<int>(streams.size());
    return streams.try_emplace(key, Stream{of_thread.device, index, 0, {}}).first->second;
  }
};

State state;
int live_libraries = 0;  // not forgotten by sim_reset: whoever holds one unloads it later

std::recursive_mutex mutex;  // of all that follows: each function is one step
using Lock = std::lock_guard<std::recursive_mutex>;

int failed(int status) {
  if (status != k_success) {
    of_thread.last_error = status;
  }
  return status;
}

/// The error with which this call must fail by its index among all, or success.
int fault_of_this_index(const char* name) {
  const IndexedFault& fault = state.indexed_fault;
  if (state.counted++ != fault.index) {
    return k_success;
  }
  state.failed_call = name;
  if (fault.manner == Manner::at_next_wait) {
    state.pending_error = fault.status;
    return k_success;
  }
  if (fault.manner == Manner::sticky) {
    state.sticky_error = fault.status;
  }
  return failed(fault.status);
}

/// Notes the call; returns the error with which it must fail, or success.
int enter(const char* name) {
  state.log += name;
  state.log += '\n';
  ++state.calls[name];
  if (state.counted >= state.most_calls) {
    state.sticky_error = k_unknown;
  }
  if (const int status = fault_of_this_index(name); status != k_success) {
    return status;
  }
  if (state.sticky_error != k_success) {
    return failed(state.sticky_error);
  }
  const auto fault = state.faults.find(name);
  if (fault != state.faults.end() && --fault->second.calls_left == 0) {
    const int status = fault->second.status;
    state.faults.erase(fault);
    return failed(status);
  }
  return k_success;
}

/// As enter, for calls in which an asynchronous error comes to light.
int enter_waiting(const char* name) {
  if (const int status = enter(name); status != k_success) {
    return status;
  }
  if (state.pending_error != k_success) {
    state.sticky_error = state.pending_error;
    return failed(state.sticky_error);
  }
  return k_success;
}

Event* find_event(void* handle) {
  const auto found = state.events.find(handle);
  return found == state.events.end() ? nullptr : found->second.get();
}

void note(const std::string& where, const char* what, std::int64_t begin, std::int64_t end) {
  state.timeline += where + ' ' + what + ' ' + std::to_string(begin) + ' ' + std::to_string(end);
  state.timeline += '\n';
}

void host_spends(const char* what, std::int64_t ns) {
  note("host", what, state.now_ns, state.now_ns + ns);
  state.now_ns += ns;
}

void wait_until(std::int64_t ns) {
  if (ns > state.now_ns) {
    host_spends("wait", ns - state.now_ns);
  }
}

/// Room for one more kernel; blocks the host while the queue is full.
void make_room(Stream& stream) {
  auto& ends = stream.kernel_ends;
  while (!ends.empty() && ends.front() <= state.now_ns) {
    ends.pop_front();
  }
  if (ends.size() >= state.queue_depth) {
    wait_until(ends.front());
    ends.pop_front();
  }
}

/// Puts a kernel behind all work of the stream; it stamps its start and end where it is told to.
void put(Stream& stream, const char* what, std::int64_t duration_ns, std::uint64_t* stamps) {
  const std::int64_t begin = std::max(stream.end_ns, state.now_ns);
  stream.end_ns = begin + duration_ns;
  stream.kernel_ends.push_back(stream.end_ns);
  note(std::to_string(stream.index), what, begin, stream.end_ns);
  if (stamps != nullptr) {
    stamps[0] = static_cast<std::uint64_t>(begin);
    stamps[1] = static_cast<std::uint64_t>(stream.end_ns);
  }
}

}  // namespace

extern "C" {

void sim_reset() {
  const Lock lock(mutex);
  state = State();
  of_thread = ThreadState();
}
std::int64_t sim_now_ns() {
  const Lock lock(mutex);
  return state.now_ns;
}
void sim_host_work(std::int64_t ns) {
  const Lock lock(mutex);
  host_spends("work", ns);
}
void sim_set_launch_cost(std::int64_t ns) {
  const Lock lock(mutex);
  state.launch_cost_ns = ns;
}
void sim_set_record_cost(std::int64_t ns) {
  const Lock lock(mutex);
  state.record_cost_ns = ns;
}
void sim_set_queue_depth(int kernels) {
  const Lock lock(mutex);
  state.queue_depth = static_cast<std::size_t>(kernels);
}

void* sim_create_stream(int device) {
  const Lock lock(mutex);
  state.stream_handles.push_back(std::make_unique<char>());
  void* handle = state.stream_handles.back().get();
  state.stream(handle).device = device;
  return handle;
}

int sim_launch(void* handle, std::int64_t duration_ns) {
  const Lock lock(mutex);
  if (const int status = enter("launch"); status != k_success) {
    return status;
  }
  if (state.capturing) {
    state.graphs.back().push_back({duration_ns, nullptr});
    return k_success;
  }
  Stream& stream = state.stream(handle);
  make_room(stream);
  host_spends("launch", state.launch_cost_ns);
  put(stream, "kernel", duration_ns, nullptr);
  return k_success;
}

void sim_begin_capture() {
  const Lock lock(mutex);
  state.capturing = true;
  state.graphs.emplace_back();
}

int sim_end_capture() {
  const Lock lock(mutex);
  state.capturing = false;
  return static_cast<int>(state.graphs.size()) - 1;
}

int sim_launch_graph(int graph, void* handle) {
  const Lock lock(mutex);
  if (const int status = enter("launch_graph"); status != k_success) {
    return status;
  }
  Stream& stream = state.stream(handle);
  make_room(stream);
  host_spends("launch", state.launch_cost_ns);
  for (const GraphNode& node : state.graphs.at(static_cast<std::size_t>(graph))) {
    put(stream, "kernel", node.duration_ns, node.stamps);
  }
  return k_success;
}

void sim_fail_call(const char* name, int nth, int status) {
  const Lock lock(mutex);
  state.faults[name] = {nth, status};
}
void sim_fail_asynchronously(int status) {
  const Lock lock(mutex);
  state.pending_error = status;
}

void sim_fail_at(int index, int status, sim_manner manner) {
  const Lock lock(mutex);
  state.indexed_fault = {index, status, manner};
  state.counted = 0;
  state.failed_call.clear();
}
void sim_set_most_calls(int calls) {
  const Lock lock(mutex);
  state.most_calls = calls;
}
int sim_counted_calls() {
  const Lock lock(mutex);
  return state.counted;
}
const char* sim_failed_call() {
  const Lock lock(mutex);
  return state.failed_call.c_str();
}

int sim_calls(const char* name) {
  const Lock lock(mutex);
  return state.calls[name];
}
const char* sim_log() {
  const Lock lock(mutex);
  return state.log.c_str();
}
void sim_clear_log() {
  const Lock lock(mutex);
  state.log.clear();
}
const char* sim_timeline() {
  const Lock lock(mutex);
  return state.timeline.c_str();
}
int sim_live_events() {
  const Lock lock(mutex);
  return static_cast<int>(state.events.size());
}
int sim_live_libraries() {
  const Lock lock(mutex);
  return live_libraries;
}
int sim_most_live_events() {
  const Lock lock(mutex);
  return static_cast<int>(state.most_events);
}

// The runtime itself.

int cudaEventCreateWithFlags(void** event, unsigned /*flags*/) {
  const Lock lock(mutex);
  if (const int status = enter("cudaEventCreateWithFlags"); status != k_success) {
    return status;
  }
  auto created = std::make_unique<Event>();
  *event = created.get();
  state.events[created.get()] = std::move(created);
  state.most_events = std::max(state.most_events, state.events.size());
  return k_success;
}

int cudaEventDestroy(void* event) {
  const Lock lock(mutex);
  const int status = enter("cudaEventDestroy");
  // Destroyed even when the call reports the error of something else, as the runtime does.
  if (state.events.erase(event) == 0) {
    return failed(k_invalid_handle);
  }
  return status;
}

int cudaEventRecord(void* handle, void* stream) {
  const Lock lock(mutex);
  if (const int status = enter("cudaEventRecord"); status != k_success) {
    return status;
  }
  Event* event = find_event(handle);
  if (event == nullptr) {
    return failed(k_invalid_handle);
  }
  host_spends("record", state.record_cost_ns);
  event->recorded = true;
  event->at_ns = std::max(state.stream(stream).end_ns, state.now_ns);
  return k_success;
}

int cudaEventQuery(void* handle) {
  const Lock lock(mutex);
  if (const int status = enter_waiting("cudaEventQuery"); status != k_success) {
    return status;
  }
  const Event* event = find_event(handle);
  if (event == nullptr) {
    return failed(k_invalid_handle);
  }
  // Like the runtime, "not ready" is an answer that also becomes the last error.
  return event->recorded && event->at_ns > state.now_ns ? failed(k_not_ready) : k_success;
}

int cudaEventSynchronize(void* handle) {
  const Lock lock(mutex);
  if (const int status = enter_waiting("cudaEventSynchronize"); status != k_success) {
    return status;
  }
  const Event* event = find_event(handle);
  if (event == nullptr) {
    return failed(k_invalid_handle);
  }
  wait_until(event->at_ns);
  return k_success;
}

int cudaEventElapsedTime(float* milliseconds, void* start, void* stop) {
  const Lock lock(mutex);
  if (const int status = enter("cudaEventElapsedTime"); status != k_success) {
    return status;
  }
  const Event* first = find_event(start);
  const Event* second = find_event(stop);
  if (first == nullptr || second == nullptr || !first->recorded || !second->recorded) {
    return failed(k_invalid_handle);
  }
  if (std::max(first->at_ns, second->at_ns) > state.now_ns) {
    return failed(k_not_ready);
  }
  *milliseconds = static_cast<float>(static_cast<double>(second->at_ns - first->at_ns) / 1e6);
  return k_success;
}

int cudaStreamSynchronize(void* stream) {
  const Lock lock(mutex);
  if (const int status = enter_waiting("cudaStreamSynchronize"); status != k_success) {
    return status;
  }
  wait_until(state.stream(stream).end_ns);
  return k_success;
}

int cudaDeviceSynchronize() {
  const Lock lock(mutex);
  if (const int status = enter_waiting("cudaDeviceSynchronize"); status != k_success) {
    return status;
  }
  for (const auto& [handle, stream] : state.streams) {
    if (stream.device == of_thread.device) {
      wait_until(stream.end_ns);
    }
  }
  return k_success;
}

int cudaGetDevice(int* device) {
  const Lock lock(mutex);
  if (const int status = enter("cudaGetDevice"); status != k_success) {
    return status;
  }
  *device = of_thread.device;
  return k_success;
}

int cudaSetDevice(int device) {
  const Lock lock(mutex);
  if (const int status = enter("cudaSetDevice"); status != k_success) {
    return status;
  }
  if (device < 0 || device >= k_devices) {
    return failed(k_invalid_value);
  }
  of_thread.device = device;
  return k_success;
}

int cudaPeekAtLastError() {
  const Lock lock(mutex);
  state.log += "cudaPeekAtLastError\n";
  return of_thread.last_error;
}

int cudaGetLastError() {
  const Lock lock(mutex);
  state.log += "cudaGetLastError\n";
  const int status = of_thread.last_error;
  of_thread.last_error = state.sticky_error;
  return status;
}

const char* cudaGetErrorName(int status) {
  const Lock lock(mutex);
  switch (status) {
    case k_success:
      return "cudaSuccess";
    case k_invalid_value:
      return "cudaErrorInvalidValue";
    case 2:
      return "cudaErrorMemoryAllocation";
    case k_invalid_handle:
      return "cudaErrorInvalidResourceHandle";
    case k_not_ready:
      return "cudaErrorNotReady";
    case 700:
      return "cudaErrorIllegalAddress";
    case 719:
      return "cudaErrorLaunchFailure";
    default:
      return "cudaErrorUnknown";
  }
}

const char* cudaGetErrorString(int status) {
  const Lock lock(mutex);
  switch (status) {
    case 2:
      return "out of memory";
    case 700:
      return "an illegal memory access was encountered";
    default:
      return "simulated error";
  }
}

int cudaLibraryLoadData(void** library, const void* code, void* /*jit_options*/,
                        void** /*jit_values*/, unsigned /*jit_count*/, void* /*library_options*/,
                        void** /*library_values*/, unsigned /*library_count*/) {
  const Lock lock(mutex);
  if (const int status = enter("cudaLibraryLoadData"); status != k_success) {
    return status;
  }
  if (code == nullptr) {
    return failed(k_invalid_value);
  }
  static char loaded;
  *library = &loaded;
  ++live_libraries;
  return k_success;
}

int cudaLibraryGetKernel(void** kernel, void* library, const char* name) {
  const Lock lock(mutex);
  if (const int status = enter("cudaLibraryGetKernel"); status != k_success) {
    return status;
  }
  *kernel = library;
  return std::string(name) == "pytimer_spin" ? k_success : failed(k_invalid_value);
}

int cudaLibraryUnload(void* /*library*/) {
  const Lock lock(mutex);
  --live_libraries;  // whatever the call reports, as cudaEventDestroy
  return enter("cudaLibraryUnload");
}

/// Only the spin kernel: its arguments are a duration and where to put its stamps.
int cudaLaunchKernel(const void* /*kernel*/, Dim3 /*grid*/, Dim3 /*block*/, void** arguments,
                     std::size_t /*shared_bytes*/, void* handle) {
  const Lock lock(mutex);
  if (const int status = enter("cudaLaunchKernel"); status != k_success) {
    return status;
  }
  const auto duration_ns = static_cast<std::int64_t>(*static_cast<std::uint64_t*>(arguments[0]));
  auto* stamps = *static_cast<std::uint64_t**>(arguments[1]);
  if (state.capturing) {
    state.graphs.back().push_back({duration_ns, stamps});
    return k_success;
  }
  Stream& stream = state.stream(handle);
  make_room(stream);
  host_spends("launch", state.launch_cost_ns);
  put(stream, "spin", duration_ns, stamps);
  return k_success;
}

int cudaRuntimeGetVersion(int* version) {
  const Lock lock(mutex);
  *version = 13000;
  return enter("cudaRuntimeGetVersion");
}

int cudaDriverGetVersion(int* version) {
  const Lock lock(mutex);
  *version = 13010;
  return enter("cudaDriverGetVersion");
}
}
