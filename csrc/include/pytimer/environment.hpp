#pragma once

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "pytimer/cuda_clock.hpp"
#include "pytimer/host_clock.hpp"

namespace pytimer {

/// The machine. None where the system does not tell.
struct HostFacts {
  std::string system;
  std::optional<std::string> cpu;
  std::optional<std::size_t> cores;
  /// Cores that this process may use.
  std::optional<std::size_t> usable_cores;
  std::optional<std::string> governor;
  std::int64_t total_memory_bytes = 0;
};

/// torch and the settings of it that change a timing; see pytimer/torch/facts.hpp.
struct TorchFacts {
  std::string version;
  std::optional<std::string> cuda_version;
  std::optional<std::int64_t> cudnn_version;
  std::int64_t threads = 0;
  std::int64_t interop_threads = 0;
  std::string default_dtype;
  std::optional<std::string> float32_matmul_precision;
  std::map<std::string, bool> flags;
  std::map<std::string, bool> attention;
  bool deterministic_algorithms = false;
  bool deterministic_warn_only = false;
};

/// The device that calls run on: "cpu" or "cuda:0".
struct DeviceFacts {
  std::string name = "cpu";
  std::optional<std::string> model;
  std::optional<std::int64_t> total_memory_bytes;
  std::optional<std::string> cuda_runtime_version;
  std::optional<std::string> cuda_driver_version;
};

/// What surrounds a measurement and may change it.
struct Environment {
  HostFacts host;
  /// None in a harness without torch.
  std::optional<TorchFacts> torch;
  DeviceFacts device;
  /// Environment variables that change a timing, as far as they are set.
  std::map<std::string, std::string> variables;
};

namespace detail {

inline std::optional<std::string> first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) ? std::optional(line) : std::nullopt;
}

inline std::optional<std::string> cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return std::nullopt;
}

inline std::optional<std::size_t> usable_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(CPU_COUNT(&set));
}

inline HostFacts host_facts() {
  HostFacts facts;
  utsname name{};
  if (uname(&name) == 0) {
    facts.system = std::string(name.sysname) + "-" + name.release + "-" + name.machine;
  }
  facts.cpu = cpu_model();
  facts.cores = std::thread::hardware_concurrency();
  facts.usable_cores = usable_cores();
  facts.governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  facts.total_memory_bytes =
      static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  return facts;
}

/// 13000 is 13.0: the runtime encodes 1000 × major + 10 × minor.
inline std::string dotted(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

inline DeviceFacts device_facts(const HostClock&, const HostFacts& host) {
  DeviceFacts facts;
  facts.model = host.cpu;
  facts.total_memory_bytes = host.total_memory_bytes;
  return facts;
}

/// Of any other clock, which tells nothing of its device.
template <class Clock>
DeviceFacts device_facts(const Clock&, const HostFacts&) {
  DeviceFacts facts;
  facts.name = "accelerator";
  return facts;
}

inline DeviceFacts device_facts(const CudaClock& clock, const HostFacts&) {
  const CudaRuntime& runtime = clock.stream().runtime;
  DeviceFacts facts;
  facts.name = "cuda:" + std::to_string(clock.stream().device);
  int version = 0;
  if (runtime.runtime_get_version(&version) == k_cuda_success) {
    facts.cuda_runtime_version = dotted(version);
  }
  if (runtime.driver_get_version(&version) == k_cuda_success) {
    facts.cuda_driver_version = dotted(version);
  }
  return facts;
}

}  // namespace detail

/// The environment of measurements by `clock`, as it is now. Measures nothing.
template <class Clock>
[[nodiscard]] Environment environment_of(const Clock& clock,
                                         std::optional<TorchFacts> torch = std::nullopt) {
  Environment environment;
  environment.host = detail::host_facts();
  environment.torch = std::move(torch);
  environment.device = detail::device_facts(clock, environment.host);
  for (const char* name : {"CUDA_LAUNCH_BLOCKING", "CUDA_MODULE_LOADING", "CUDA_VISIBLE_DEVICES",
                           "MKL_NUM_THREADS", "NVIDIA_TF32_OVERRIDE", "OMP_NUM_THREADS",
                           "OMP_PROC_BIND", "ONEDNN_MAX_CPU_ISA", "PYTORCH_ALLOC_CONF"}) {
    if (const char* value = std::getenv(name)) {
      environment.variables[name] = value;
    }
  }
  return environment;
}

}  // namespace pytimer
