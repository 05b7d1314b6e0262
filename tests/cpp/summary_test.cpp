#include "pytimer/summary.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include "check.hpp"

namespace {

using namespace pytimer;

void few_samples_leave_things_undefined() {
  const Summary none = summary({});
  check::that(!none.mean && !none.std && !none.median && !none.min && !none.max);
  const Summary one = summary({3.0});
  check::equal(one.mean, std::optional(3.0));
  check::equal(one.median, std::optional(3.0));
  check::that(!one.std && !one.p90 && !one.p99);
}

void hand_arithmetic() {
  const Summary s = summary({4.0, 1.0, 3.0, 2.0});
  check::equal(s.count, 4U);
  check::equal(s.mean, std::optional(2.5));
  check::near(s.std.value(), 1.118033988749895);  // √(5/4)
  check::equal(s.median, std::optional(2.5));
  check::equal(s.min, std::optional(1.0));
  check::equal(s.max, std::optional(4.0));
  check::equal(percentile({10.0, 20.0, 30.0, 40.0, 50.0}, 0.25), std::optional(20.0));
}

void a_huge_offset_with_a_tiny_spread() {
  std::vector<double> x;
  for (int i = 0; i < 1000; ++i) {
    x.push_back(1e6 + (i % 2 == 0 ? 1e-6 : -1e-6));
  }
  check::that(std::abs(standard_deviation(x).value() / 1e-6 - 1) < 1e-3);
}

void percentiles_need_enough_samples() {
  check::equal(least_samples(0.5), 1U);
  check::equal(least_samples(0.9), 10U);
  check::equal(least_samples(0.99), 100U);
  check::equal(least_samples(0.999), 1000U);
  check::that(!percentile(std::vector<double>(99, 1.0), 0.99));
  check::equal(percentile(std::vector<double>(100, 1.0), 0.99), std::optional(1.0));
  static_cast<void>(
      check::message_of<std::invalid_argument>([] { static_cast<void>(percentile({1.0}, 1.5)); }));
}

}  // namespace

int main() {
  return check::run({
      {"few samples leave things undefined", few_samples_leave_things_undefined},
      {"hand arithmetic", hand_arithmetic},
      {"a huge offset with a tiny spread", a_huge_offset_with_a_tiny_spread},
      {"percentiles need enough samples", percentiles_need_enough_samples},
  });
}
