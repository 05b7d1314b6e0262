#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "pytimer/latency.hpp"
#include "pytimer/plan.hpp"
#include "pytimer/summary.hpp"
#include "pytimer/throughput.hpp"

namespace pytimer {
namespace detail {

/// A unit of time, and how many of it are in a second.
struct Unit {
  const char* name;
  double per_second;
};

/// The largest unit in which the duration is at least 1.
inline Unit unit_for(double seconds) {
  constexpr std::array<Unit, 4> k_units{{{"s", 1.0}, {"ms", 1e3}, {"µs", 1e6}, {"ns", 1e9}}};
  for (const Unit& unit : k_units) {
    if (seconds * unit.per_second >= 1) {
      return unit;
    }
  }
  return k_units.back();
}

/// Four significant digits, but never coarser than to an integer.
inline std::string significant(double value) {
  const int magnitude = value == 0 ? 0 : static_cast<int>(std::floor(std::log10(std::abs(value))));
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", std::max(3 - magnitude, 0), value);
  return buffer;
}

inline void print_row(std::ostream& out, const std::string& name, const std::string& text) {
  std::size_t width = 0;
  for (const char c : name) {
    width += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;  // UTF-8: not a continuation
  }
  out << "  " << name << std::string(width < 14 ? 14 - width : 1, ' ') << text << '\n';
}

}  // namespace detail

/// Prints mean ± standard deviation, percentiles, minimum and maximum of the headline samples.
inline void print(const Latency& latency, std::ostream& out) {
  const std::vector<double>& x = latency.latency_s();
  const Summary s = summary(x);
  const detail::Unit unit = detail::unit_for(s.median.value_or(0.0));
  const auto shown = [&](const std::optional<double>& seconds) {
    return seconds ? detail::significant(*seconds * unit.per_second) : std::string("–");
  };
  const char* time = latency.samples.device_s.empty() ? "host time" : "device time";
  out << "Latency  " << name_of(latency.plan.mode) << ", " << x.size() << " repetitions after "
      << latency.plan.warm_up << " warm-up calls, " << time << " [" << unit.name << "]\n";
  detail::print_row(out, "mean ± std", shown(s.mean) + " ± " + shown(s.std));
  for (const auto& [name, seconds] :
       {std::pair{"median", s.median}, std::pair{"p90", s.p90}, std::pair{"p99", s.p99},
        std::pair{"min", s.min}, std::pair{"max", s.max}}) {
    detail::print_row(out, name, shown(seconds));
  }
}

/// Prints the rate over the wall window, and the article's formula beside it.
inline void print(const Throughput& throughput, std::ostream& out) {
  out << "Throughput  batch size " << throughput.batch_size << ", " << throughput.calls()
      << " batches, pipelined [items/s]\n";
  detail::print_row(out, "wall window", detail::significant(throughput.items_per_s()));
  detail::print_row(out, "sum of times", detail::significant(throughput.event_items_per_s()));
}

}  // namespace pytimer
