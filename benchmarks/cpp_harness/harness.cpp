// How long does one call of a model take in a C++ program?
// harness MODEL.pt2 cpu|cuda RESULT.json BATCH_SIZE SIZE...

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <iostream>
#include <pytimer/pytimer.hpp>
#include <pytimer/torch/facts.hpp>
#include <pytimer/torch/model.hpp>
#include <string>
#include <vector>

template <class Clock>
void measure(const Clock& clock, const std::string& path, const std::string& json_path,
             const at::Tensor& input) {
  pytimer::TorchModel model(path, input.device());
  model.check({input});
  const auto call = [&] { return model.run({input}); };
  const auto progress = [](const pytimer::Progress& at) {
    std::cerr << at.stage << ' ' << at.done << '/' << at.total << '\n';
  };
  const pytimer::Latency latency = pytimer::measure_latency(clock, call, {}, progress);
  pytimer::print(latency, std::cout);
  pytimer::print(pytimer::measure_throughput(clock, call, input.size(0)), std::cout);
  pytimer::save(latency, {path, {pytimer::description_of(input)}},
                pytimer::environment_of(clock, pytimer::torch_facts()), json_path);
}

int main(int argc, char** argv) {
  if (argc < 6) {
    std::cerr << "usage: harness MODEL cpu|cuda RESULT.json BATCH_SIZE SIZE...\n";
    return 2;
  }
  try {
    const c10::InferenceMode inference;
    const c10::Device device(argv[2]);
    std::vector<std::int64_t> shape;
    for (int i = 4; i < argc; ++i) {
      shape.push_back(std::stoll(argv[i]));
    }
    if (device.is_cuda()) {
      const auto runtime = pytimer::CudaRuntime::from_process();
      // Null is the legacy default stream, which torch's current stream is unless changed.
      const pytimer::CudaClock clock(runtime, nullptr, 0);
      measure(clock, argv[1], argv[3], at::randn(shape).to(device));
    } else if (device.is_cpu()) {
      measure(pytimer::HostClock(), argv[1], argv[3], at::randn(shape));
    } else {
      throw pytimer::Error("expected the device cpu or cuda, got " + device.str());
    }
  } catch (const std::exception& error) {
    std::cerr << "harness: " << error.what() << '\n';
    return 1;
  }
}
