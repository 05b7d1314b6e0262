// Each call of the CUDA runtime fails in turn, in every loop.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "check.hpp"
#include "pytimer/cuda_clock.hpp"
#include "pytimer/cuda_queued.hpp"
#include "pytimer/error.hpp"
#include "pytimer/request_loop.hpp"
#include "pytimer/timed_loop.hpp"
#include "simulated_cudart.hpp"

namespace {

using namespace pytimer;

constexpr std::size_t k_calls = 3;
constexpr int k_device = 1;  // another than the current one: it is made current, and put back

const CudaRuntime k_runtime = CudaRuntime::from_library(SIMULATED_CUDART);

/// Launches one kernel, and throws as a model of torch does where that fails.
struct Kernel {
  void prepare() {}
  void operator()() {
    k_runtime.check(sim_launch(nullptr, 20'000), "launch");
    ++made;
  }
  void release() {}
  std::size_t made = 0;
};

CudaClock clock() { return {k_runtime, nullptr, k_device, &sim_now_ns}; }

void isolated_loop(Samples& samples, Kernel& kernel) {
  isolated(clock(), kernel, k_calls, samples);
}
void queued_loop(Samples& samples, Kernel& kernel) {
  const CudaSpin spin(k_runtime);
  isolated(CudaQueuedClock(clock(), spin, 50'000), kernel, k_calls, samples);
}
void pipelined_loop(Samples& samples, Kernel& kernel) {
  static_cast<void>(pipelined(clock(), kernel, k_calls, samples));
}
void paired_loop(Samples& samples, Kernel& kernel) {
  Samples of_b;
  Kernel b;
  paired(clock(), kernel, b, std::vector<std::uint8_t>(k_calls, 0), samples, of_b);
}
void serving_loop(Samples& samples, Kernel& kernel) {
  const std::int64_t arrivals_ns[k_calls] = {0, 0, 0};
  Requests requests;
  try {
    static_cast<void>(serve(clock(), kernel, ScheduledArrivals(arrivals_ns, k_calls),
                            {k_calls, 1'000'000'000}, requests));
  } catch (...) {
    samples.device_s = requests.finish_s;
    samples.enqueue_s = requests.start_s;
    throw;
  }
  samples.device_s = requests.finish_s;
  samples.enqueue_s = requests.start_s;
}

using LoopFunction = void (*)(Samples&, Kernel&);

struct Fault {
  int status;
  sim_manner manner;
};

/// The functions called, in order; reports of the last error are not among them.
std::vector<std::string> calls_made() {
  std::vector<std::string> names;
  std::string name;
  for (const char* c = sim_log(); *c != '\0'; ++c) {
    if (*c != '\n') {
      name += *c;
    } else {
      if (name != "cudaGetLastError") {
        names.push_back(name);
      }
      name.clear();
    }
  }
  return names;
}

std::optional<CudaError> run(LoopFunction loop, Samples& samples, Kernel& kernel) {
  try {
    loop(samples, kernel);
    return std::nullopt;
  } catch (const CudaError& error) {
    return error;
  }
}

int current_device() {
  int device = -1;
  static_cast<void>(k_runtime.get_device(&device));
  return device;
}

/// Where a failure has no consequence: what is not needed any more, and a device that is put back.
bool is_forgiven(const std::string& name) {
  return name == "cudaEventDestroy" || name == "cudaLibraryUnload" || name == "cudaSetDevice";
}

void fail_at(LoopFunction loop, int index, const std::string& name, const Fault& fault) {
  sim_reset();
  sim_set_most_calls(1'000);
  sim_fail_at(index, fault.status, fault.manner);
  Samples samples;
  Kernel kernel;
  const std::optional<CudaError> error = run(loop, samples, kernel);
  const bool stays = fault.manner != sim_manner::once;
  if (error) {
    check::equal(error->code(), fault.status);
    const bool is_named = error->call() == name;
    check::that(is_named || (stays && (is_forgiven(name) || fault.manner != sim_manner::sticky)));
  } else {
    check::that(is_forgiven(name) || fault.manner == sim_manner::at_next_wait);
    check::equal(samples.device_s.size(), k_calls);
  }
  check::equal(sim_failed_call(), name);
  check::equal(samples.device_s.size(), samples.enqueue_s.size());
  check::that(samples.clean.empty() || samples.clean.size() == samples.device_s.size());
  check::that(samples.device_s.size() <= kernel.made);
  check::that(stays || samples.device_s.size() + 1 >= kernel.made);
  check::equal(sim_live_events(), 0);
  check::equal(sim_live_libraries(), 0);
  check::that(sim_counted_calls() < 1'000);
  sim_fail_at(-1, 0, sim_manner::once);
  if (!stays) {
    check::equal(k_runtime.get_last_error(), k_cuda_success);
    check::equal(current_device(), 0);
    Samples again;
    Kernel healthy;
    check::that(!run(loop, again, healthy));
    check::equal(again.device_s.size(), k_calls);
  }
}

void fails_everywhere(LoopFunction loop) {
  sim_reset();
  Samples samples;
  Kernel kernel;
  check::that(!run(loop, samples, kernel));
  check::equal(samples.device_s.size(), k_calls);
  const std::vector<std::string> calls = calls_made();
  check::that(calls.size() > 5 * k_calls / 2);
  for (const Fault& fault : {Fault{719, sim_manner::sticky}, Fault{2, sim_manner::once},
                             Fault{1, sim_manner::once}, Fault{700, sim_manner::at_next_wait}}) {
    for (std::size_t index = 0; index < calls.size(); ++index) {
      const int failures = check::failures;
      fail_at(loop, static_cast<int>(index), calls[index], fault);
      if (check::failures != failures) {
        std::printf("  call %zu, %s, %d\n", index, calls[index].c_str(), fault.status);
      }
    }
  }
}

void samples_without_memory_are_an_error_that_says_so() {
  sim_reset();
  Kernel kernel;
  Samples samples;
  isolated(clock(), kernel, k_calls, samples);
  const std::string text =
      check::message_of<Error>([&] { isolated(clock(), kernel, std::size_t{1} << 61U, samples); });
  check::that(text.find("make fewer") != std::string::npos);
  check::equal(samples.device_s.size(), k_calls);
  check::equal(sim_live_events(), 0);
  check::equal(current_device(), 0);
}

}  // namespace

int main() {
  return check::run({
      {"isolated", [] { fails_everywhere(&isolated_loop); }},
      {"queued", [] { fails_everywhere(&queued_loop); }},
      {"pipelined", [] { fails_everywhere(&pipelined_loop); }},
      {"paired", [] { fails_everywhere(&paired_loop); }},
      {"served", [] { fails_everywhere(&serving_loop); }},
      {"samples without memory are an error that says so",
       samples_without_memory_are_an_error_that_says_so},
  });
}
