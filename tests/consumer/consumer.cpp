// A program that only knows the installed package, and no torch: consumer RESULT.json

#include <cstdio>
#include <pytimer/pytimer.hpp>

int main(int, char** argv) {
  int calls = 0;
  const pytimer::Latency latency = pytimer::measure_latency(pytimer::HostClock(), [&] { ++calls; });
  const pytimer::Throughput rate =
      pytimer::measure_throughput(pytimer::HostClock(), [&] { ++calls; }, 4);
  pytimer::save(latency, {"counter", {}}, pytimer::environment_of(pytimer::HostClock()), argv[1]);
  const pytimer::Summary s = pytimer::summary(latency.latency_s());
  for (const auto& value : {s.mean, s.std, s.median, s.p90, s.p99, s.min, s.max}) {
    std::printf("%.17g\n", value.value());
  }
  return calls == 310 + 110 && rate.items_per_s() > 0 ? 0 : 1;
}
