#include "pytimer/accelerator_clock.hpp"

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "check.hpp"
#include "pytimer/accelerator_stream.hpp"
#include "pytimer/cuda_clock.hpp"
#include "pytimer/error.hpp"
#include "pytimer/timed_loop.hpp"
#include "simulated_cudart.hpp"

namespace {

using pytimer::AcceleratorClock;
using pytimer::AcceleratorEvent;
using pytimer::AcceleratorEventHandle;
using pytimer::AcceleratorStream;
using pytimer::CudaStatus;
using pytimer::EventHandle;
using pytimer::Samples;

static_assert(std::is_nothrow_move_constructible_v<AcceleratorEvent>);
static_assert(std::is_nothrow_move_assignable_v<AcceleratorEvent>);
static_assert(!std::is_copy_constructible_v<AcceleratorEvent>);
static_assert(!std::is_copy_constructible_v<pytimer::AcceleratorDeviceGuard>);
static_assert(std::is_trivially_copyable_v<AcceleratorStream>);  // it crosses shared libraries

const pytimer::CudaRuntime k_runtime = pytimer::CudaRuntime::from_library(SIMULATED_CUDART);

/// The simulated runtime's streams as those of any accelerator; `context` is the stream's handle.
namespace simulated {

const char* text_of(CudaStatus status) {
  return status == pytimer::k_cuda_success ? nullptr : k_runtime.get_error_string(status);
}
EventHandle event_of(AcceleratorEventHandle event) { return reinterpret_cast<EventHandle>(event); }

const char* create(void* /*context*/, AcceleratorEventHandle* event) {
  EventHandle made = nullptr;
  const char* text = text_of(k_runtime.event_create_with_flags(&made, 0));
  *event = reinterpret_cast<AcceleratorEventHandle>(made);
  return text;
}
void destroy(void* /*context*/, AcceleratorEventHandle event) {
  static_cast<void>(k_runtime.event_destroy(event_of(event)));
}
const char* record(void* context, AcceleratorEventHandle event) {
  return text_of(
      k_runtime.event_record(event_of(event), static_cast<pytimer::StreamHandle>(context)));
}
const char* synchronize(void* /*context*/, AcceleratorEventHandle event) {
  return text_of(k_runtime.event_synchronize(event_of(event)));
}
const char* elapsed(void* /*context*/, AcceleratorEventHandle start, AcceleratorEventHandle stop,
                    double* seconds) {
  float milliseconds = 0.0F;
  const auto status = k_runtime.event_elapsed_time(&milliseconds, event_of(start), event_of(stop));
  *seconds = static_cast<double>(milliseconds) / 1e3;
  return text_of(status);
}
const char* synchronize_device(void* /*context*/) {
  return text_of(k_runtime.device_synchronize());
}
const char* get_device(void* /*context*/, int* device) {
  return text_of(k_runtime.get_device(device));
}
const char* set_device(void* /*context*/, int device) {
  return text_of(k_runtime.set_device(device));
}

}  // namespace simulated

AcceleratorClock clock_on(void* stream = nullptr, int device = 0) {
  const AcceleratorStream described{&simulated::create,
                                    &simulated::destroy,
                                    &simulated::record,
                                    &simulated::synchronize,
                                    &simulated::elapsed,
                                    &simulated::synchronize_device,
                                    &simulated::get_device,
                                    &simulated::set_device,
                                    stream,
                                    device};
  return AcceleratorClock(described, &sim_now_ns);
}

struct Kernel {
  std::int64_t duration_ns = 0;
  void* stream = nullptr;

  void prepare() {}
  void operator()() { static_cast<void>(sim_launch(stream, duration_ns)); }
  void release() {}
};

void times_are_exact() {
  sim_reset();
  sim_set_record_cost(1'000);
  sim_set_launch_cost(4'000);
  Kernel kernel{50'000};
  Samples samples;
  pytimer::isolated(clock_on(), kernel, 3, samples);
  for (std::size_t i = 0; i < 3; ++i) {
    check::near(samples.device_s.at(i), 54e-6);
    check::equal(samples.enqueue_s.at(i), 4e-6);
    check::equal(samples.host_s.at(i), 55e-6);
    check::equal(samples.drain_s.at(i), 0.0);
  }
}

void another_stream_is_drained_and_not_timed() {
  sim_reset();
  void* other = sim_create_stream();
  Kernel kernel{100'000, other};
  Samples samples;
  pytimer::isolated(clock_on(), kernel, 2, samples);
  check::equal(samples.device_s, std::vector<double>{0.0, 0.0});
  check::equal(samples.drain_s, std::vector<double>{100e-6, 100e-6});

  // The control arm: on the stream of the work, the same loop reads the work.
  Samples right;
  pytimer::isolated(clock_on(other), kernel, 2, right);
  check::near(right.device_s.at(1), 100e-6);
  check::equal(right.drain_s, std::vector<double>{0.0, 0.0});
}

void the_device_is_asked_as_by_the_cuda_clock() {
  const auto calls_of = [](const auto& clock) {
    sim_clear_log();
    Kernel kernel{20'000};
    Samples samples;
    pytimer::isolated(clock, kernel, 3, samples);
    static_cast<void>(pytimer::pipelined(clock, kernel, 1'500, samples));
    check::equal(samples.device_s.size(), 1'503U);
    return std::string(sim_log());
  };
  sim_reset();
  const std::string calls = calls_of(clock_on(nullptr, 1));
  check::that(calls.find("cudaSetDevice") != std::string::npos);
  check::equal(calls, calls_of(pytimer::CudaClock(k_runtime, nullptr, 1, &sim_now_ns)));
  check::equal(sim_live_events(), 0);
}

void every_operation_may_fail() {
  const std::vector<std::pair<const char*, const char*>> operations{
      {"cudaGetDevice", "get_device"},
      {"cudaSetDevice", "set_device"},
      {"cudaEventCreateWithFlags", "event_create"},
      {"cudaEventRecord", "event_record"},
      {"cudaEventSynchronize", "event_synchronize"},
      {"cudaDeviceSynchronize", "device_synchronize"},
      {"cudaEventElapsedTime", "event_elapsed"}};
  int met = 0;
  for (const auto& [call, operation] : operations) {
    for (int nth = 1; nth <= 12; ++nth) {
      for (const bool window : {false, true}) {
        sim_reset();
        sim_fail_call(call, nth, 719);
        Kernel kernel{10'000};
        Samples samples;
        try {
          if (window) {
            static_cast<void>(pytimer::pipelined(clock_on(nullptr, 1), kernel, 3, samples));
          } else {
            pytimer::isolated(clock_on(nullptr, 1), kernel, 3, samples);
          }
        } catch (const pytimer::AcceleratorError& error) {
          ++met;
          check::equal(error.operation(), operation);
          check::equal(std::string(error.what()),
                       operation + std::string(" failed: ") + k_runtime.get_error_string(719));
        }
        check::equal(sim_live_events(), 0);
        check::equal(samples.device_s.size(), samples.enqueue_s.size());
        int device = -1;
        if (k_runtime.get_device(&device) != pytimer::k_cuda_success) {  // the call that fails
          static_cast<void>(k_runtime.get_device(&device));
        }
        // Where putting the device back is itself the call that fails, it cannot be put back.
        check::that(device == 0 || operation == std::string("set_device"));
      }
    }
  }
  check::that(met > 40);
}

void an_event_is_destroyed_once_however_it_was_moved() {
  sim_reset();
  const AcceleratorClock clock = clock_on();
  {
    AcceleratorEvent first = clock.stream().make_event();
    AcceleratorEvent second(std::move(first));
    AcceleratorEvent third = clock.stream().make_event();
    third = std::move(second);
    check::equal(sim_live_events(), 1);
  }
  check::equal(sim_calls("cudaEventCreateWithFlags"), sim_calls("cudaEventDestroy"));
}

}  // namespace

int main() {
  return check::run({
      {"times are exact", times_are_exact},
      {"work on another stream is drained and not timed", another_stream_is_drained_and_not_timed},
      {"the device is asked as by the CUDA clock", the_device_is_asked_as_by_the_cuda_clock},
      {"every operation may fail", every_operation_may_fail},
      {"an event is destroyed once, however it was moved",
       an_event_is_destroyed_once_however_it_was_moved},
  });
}
