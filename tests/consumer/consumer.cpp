// A program that only knows the installed package: times a call and prints the mean.

#include <cstdio>
#include <numeric>
#include <pytimer/host_clock.hpp>
#include <pytimer/timed_loop.hpp>

struct Work {
  void prepare() {}
  void operator()() { sum += 1; }
  void release() {}
  int sum = 0;
};

int main() {
  Work work;
  pytimer::Samples samples;
  pytimer::isolated(pytimer::HostClock(), work, 300, samples);
  const double total = std::accumulate(samples.host_s.begin(), samples.host_s.end(), 0.0);
  std::printf("%d calls, mean %.0f ns\n", work.sum, total / 300 * 1e9);
  return samples.host_s.size() == 300 ? 0 : 1;
}
