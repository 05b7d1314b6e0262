#include "pytimer/report.hpp"

#include <sstream>
#include <string>

#include "check.hpp"

namespace {

using namespace pytimer;

void one_unit_and_four_digits() {
  Latency latency;
  for (int i = 0; i < 100; ++i) {
    latency.samples.host_s.push_back(2e-3 + i * 1e-6);
  }
  std::ostringstream out;
  print(latency, out);
  const std::string text = out.str();
  check::that(text.find("isolated, 100 repetitions after 10 warm-up calls, host time [ms]") !=
              std::string::npos);
  check::that(text.find("median        2.050\n") != std::string::npos ||
              text.find("median        2.049\n") != std::string::npos);
  check::that(text.find("max           2.099\n") != std::string::npos);
}

void what_is_undefined_is_a_dash() {
  Latency latency;
  latency.samples.device_s = {5e-6};
  std::ostringstream out;
  print(latency, out);
  check::that(out.str().find("5.000 ± –") != std::string::npos);
  check::that(out.str().find("p99           –") != std::string::npos);
  check::that(out.str().find("device time [µs]") != std::string::npos);
}

}  // namespace

int main() {
  return check::run({
      {"one unit and four digits", one_unit_and_four_digits},
      {"what is undefined is a dash", what_is_undefined_is_a_dash},
  });
}
