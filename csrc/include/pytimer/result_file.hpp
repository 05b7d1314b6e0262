#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "pytimer/detail/json.hpp"
#include "pytimer/detail/whole_file.hpp"
#include "pytimer/environment.hpp"
#include "pytimer/error.hpp"
#include "pytimer/latency.hpp"
#include "pytimer/samples.hpp"
#include "pytimer/throughput.hpp"
#include "pytimer/version.hpp"

namespace pytimer {

/// What was measured, in words.
struct Subject {
  std::string model;
  /// One "1×3×224×224 float32" for each input; may be empty.
  std::vector<std::string> inputs;
};

namespace detail {

/// The parts of a result file; see `pytimer.load` in Python, which checks all of it.
class ResultWriter {
 public:
  ResultWriter(const Subject& subject, const Environment& environment)
      : subject_(subject), environment_(environment) {}

  [[nodiscard]] std::string text_of(const Latency& latency) {
    begin("latency");
    json_.key("plan").begin_object();
    json_.member("mode", name_of(latency.plan.mode));
    json_.member("call", "auto").member("cache", "warm").member("loop", "native");
    json_.member("warm_up", latency.plan.warm_up);
    json_.member("repetitions", latency.plan.repetitions);
    json_.member("max_seconds", latency.plan.max_seconds);
    json_.null_member("precision").member("rounds", 1).end_object();
    json_.key("samples");
    write(latency.samples, latency.chunk_starts);
    json_.key("warm_up");
    write(latency.warm_up, {});
    json_.null_member("compile_s");
    json_.key("window_s");
    latency.window ? json_.value(latency.window->seconds()) : json_.null();
    json_.member("spin_s", latency.spin_s).member("floor_s", latency.floor_s);
    json_.null_member("cold_over_warm").null_member("judgement").null_member("equivalence");
    json_.null_member("work");
    return end();
  }

  [[nodiscard]] std::string text_of(const Throughput& throughput) {
    begin("throughput");
    json_.key("plan").begin_object();
    json_.member("batch_size", throughput.batch_size);
    json_.member("batches", throughput.plan.batches).member("loop", "native");
    json_.member("warm_up", throughput.plan.warm_up).member("concurrency", 1);
    json_.member("host_to_device", false).end_object();
    json_.member("batch_size", throughput.batch_size);
    json_.member("window_s", throughput.window.seconds());
    json_.key("samples");
    write(throughput.samples, {});
    json_.key("warm_up");
    write(throughput.warm_up, {});
    json_.null_member("compile_s");
    json_.null_member("copied_bytes").null_member("speed_up").null_member("sweep");
    json_.null_member("work");
    return end();
  }

 private:
  static constexpr int k_schema_version = 1;

  void begin(const char* kind) {
    json_.begin_object().member("format", "pytimer result");
    json_.member("schema_version", k_schema_version).member("kind", kind);
    json_.key("result").begin_object();
    json_.key("subject").begin_object().member("model", subject_.model);
    json_.member("inputs", subject_.inputs).member("input_sets", 1);
    json_.member("device", environment_.device.name).member("call", "native");
    json_.null_member("setup").end_object();
  }

  [[nodiscard]] std::string end() {
    json_.key("environment");
    write(environment_);
    json_.key("caveats").begin_array().begin_object();
    json_.member("name", "no-verdicts");
    json_.member("message", "measured by a C++ harness, which draws no verdicts on the samples");
    json_.member("remedy", "look at the samples, or measure the same model from Python");
    json_.end_object().end_array();
    json_.end_object().end_object();
    return json_.text() + "\n";
  }

  void write(const Samples& samples, const std::vector<std::size_t>& chunk_starts) {
    const bool on_device = !samples.device_s.empty() || !samples.enqueue_s.empty();
    json_.begin_object().member("clock", on_device ? "device" : "host");
    json_.key("columns").begin_object();
    for (const auto& [name, column] :
         {std::pair{"host_s", &samples.host_s}, std::pair{"enqueue_s", &samples.enqueue_s},
          std::pair{"device_s", &samples.device_s}, std::pair{"drain_s", &samples.drain_s},
          std::pair{"finish_s", &samples.finish_s}}) {
      if (!column->empty()) {
        json_.member(name, *column);
      }
    }
    json_.end_object().member("chunk_starts", chunk_starts);
    json_.key("marks");
    if (samples.clean.empty()) {
      json_.null();
    } else {
      json_.value(std::vector<int>(samples.clean.begin(), samples.clean.end()));
    }
    json_.key("round_starts").begin_array().end_array().end_object();
  }

  void write(const Environment& environment) {
    json_.begin_object().member("pytimer_version", k_version).null_member("python_version");
    const HostFacts& host = environment.host;
    json_.key("host").begin_object().member("system", host.system).member("cpu", host.cpu);
    json_.member("cores", host.cores).member("usable_cores", host.usable_cores);
    json_.member("governor", host.governor);
    json_.member("total_memory_bytes", host.total_memory_bytes).end_object();
    json_.key("torch");
    environment.torch ? write(*environment.torch) : static_cast<void>(json_.null());
    const DeviceFacts& device = environment.device;
    json_.key("device").begin_object().member("name", device.name);
    json_.member("model", device.model).member("total_memory_bytes", device.total_memory_bytes);
    json_.null_member("compute_capability");
    json_.member("cuda_runtime_version", device.cuda_runtime_version);
    json_.member("cuda_driver_version", device.cuda_driver_version);
    for (const char* unknown :
         {"driver_version", "persistence_mode", "ecc_mode", "mig_mode", "virtualization"}) {
      json_.null_member(unknown);
    }
    json_.end_object().key("variables");
    write(environment.variables);
    json_.end_object();
  }

  void write(const TorchFacts& torch) {
    json_.begin_object().member("version", torch.version);
    json_.member("cuda_version", torch.cuda_version);
    json_.member("cudnn_version", torch.cudnn_version);
    json_.member("interop_threads", torch.interop_threads);
    json_.key("settings").begin_object().member("threads", torch.threads);
    json_.member("default_dtype", torch.default_dtype);
    json_.member("float32_matmul_precision", torch.float32_matmul_precision);
    json_.key("flags");
    write(torch.flags);
    json_.key("attention");
    write(torch.attention);
    json_.member("deterministic_algorithms", torch.deterministic_algorithms);
    json_.member("deterministic_warn_only", torch.deterministic_warn_only);
    json_.end_object().end_object();
  }

  template <class Value>
  void write(const std::map<std::string, Value>& entries) {
    json_.begin_object();
    for (const auto& [name, its_value] : entries) {
      json_.member(name, its_value);
    }
    json_.end_object();
  }

  const Subject& subject_;
  const Environment& environment_;
  JsonWriter json_;
};

inline void require_samples(const Latency& latency) {
  if (latency.latency_s().empty()) {
    throw Error("expected at least one sample to save, got none");
  }
}

inline void require_samples(const Throughput& throughput) {
  if (throughput.items_per_s() <= 0) {
    throw Error("expected a closed window with at least one call to save, got none");
  }
}

}  // namespace detail

/// Writes `result`, a Latency or a Throughput, as the versioned JSON that `pytimer.load` reads in
/// Python: whole or not at all, and never through a link. Throws Error where that cannot be done,
/// and where nothing was measured. Texts must be UTF-8.
template <class Result>
void save(const Result& result, const Subject& subject, const Environment& environment,
          const std::string& path) {
  detail::require_samples(result);
  detail::write_whole(path, detail::ResultWriter(subject, environment).text_of(result));
}

}  // namespace pytimer
