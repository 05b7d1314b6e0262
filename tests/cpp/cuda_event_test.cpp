#include "pytimer/cuda_event.hpp"

#include <type_traits>
#include <utility>
#include <vector>

#include "check.hpp"
#include "pytimer/error.hpp"
#include "simulated_cudart.hpp"

namespace {

using pytimer::CudaEvent;

static_assert(std::is_nothrow_move_constructible_v<CudaEvent>);
static_assert(std::is_nothrow_move_assignable_v<CudaEvent>);
static_assert(!std::is_copy_constructible_v<CudaEvent>);
static_assert(!std::is_copy_assignable_v<CudaEvent>);
static_assert(!std::is_copy_constructible_v<pytimer::CudaDeviceGuard>);

}  // namespace

int main() {
  const auto runtime = pytimer::CudaRuntime::from_library(SIMULATED_CUDART);
  return check::run({
      {"an event is destroyed once, however it was moved",
       [&] {
         sim_reset();
         {
           CudaEvent first(runtime);
           CudaEvent second(std::move(first));
           CudaEvent third(runtime);
           third = std::move(second);
           std::vector<CudaEvent> events;
           events.push_back(std::move(third));
           events.emplace_back(runtime);
           check::equal(sim_live_events(), 3);
         }
         check::equal(sim_live_events(), 0);
         check::equal(sim_calls("cudaEventCreateWithFlags"), sim_calls("cudaEventDestroy"));
       }},
      {"elapsed time in seconds",
       [&] {
         sim_reset();
         CudaEvent start(runtime);
         CudaEvent stop(runtime);
         start.record(nullptr);
         static_cast<void>(sim_launch(nullptr, 50'000));
         stop.record(nullptr);
         stop.synchronize();
         check::near(stop.seconds_since(start), 50e-6);
       }},
      {"elapsed time before the event has passed is an error",
       [&] {
         sim_reset();
         CudaEvent start(runtime);
         CudaEvent stop(runtime);
         start.record(nullptr);
         static_cast<void>(sim_launch(nullptr, 50'000));
         stop.record(nullptr);
         static_cast<void>(check::message_of<pytimer::CudaError>(
             [&] { static_cast<void>(stop.seconds_since(start)); }));
       }},
      {"the guard puts the device back",
       [&] {
         sim_reset();
         int device = -1;
         {
           const pytimer::CudaDeviceGuard guard(runtime, 1);
           runtime.check(runtime.get_device(&device), "cudaGetDevice");
           check::equal(device, 1);
         }
         runtime.check(runtime.get_device(&device), "cudaGetDevice");
         check::equal(device, 0);
       }},
  });
}
