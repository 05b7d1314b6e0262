#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace pytimer {

/// The least number of samples for which the percentile `p` is seen at all: 1 for the median,
/// minimum and maximum, 100 for p99.
[[nodiscard]] inline std::size_t least_samples(double p) {
  const double tail = std::min(p, 1 - p);
  if (tail == 0.0 || tail == 0.5) {
    return 1;
  }
  return static_cast<std::size_t>(std::ceil(std::round(1e9 / tail) / 1e9));
}

/// Arithmetic mean; none without samples.
[[nodiscard]] inline std::optional<double> mean(const std::vector<double>& x) {
  if (x.empty()) {
    return std::nullopt;
  }
  long double sum = 0;
  for (const double value : x) {
    sum += value;
  }
  return static_cast<double>(sum / static_cast<long double>(x.size()));
}

/// Standard deviation over all samples (ddof = 0, as in the article); none for fewer than 2.
[[nodiscard]] inline std::optional<double> standard_deviation(const std::vector<double>& x) {
  if (x.size() < 2) {
    return std::nullopt;
  }
  const long double middle = *mean(x);
  long double sum = 0;
  for (const double value : x) {
    sum += (value - middle) * (value - middle);
  }
  return static_cast<double>(std::sqrt(sum / static_cast<long double>(x.size())));
}

/// Value below which the fraction `p` of the samples lies, by linear interpolation at index
/// (n - 1) p of the sorted samples (Hyndman and Fan's definition 7); none where n is too small for
/// that percentile to be seen. Throws std::invalid_argument unless p lies in [0, 1].
[[nodiscard]] inline std::optional<double> percentile(std::vector<double> x, double p) {
  if (!(p >= 0 && p <= 1)) {
    throw std::invalid_argument("p must lie in [0, 1], got " + std::to_string(p) +
                                "; 0.99 is the 99th percentile");
  }
  if (x.empty() || x.size() < least_samples(p)) {
    return std::nullopt;
  }
  std::sort(x.begin(), x.end());
  const double index = static_cast<double>(x.size() - 1) * p;
  const auto below = static_cast<std::size_t>(index);
  const std::size_t above = std::min(below + 1, x.size() - 1);
  return x[below] + (x[above] - x[below]) * (index - static_cast<double>(below));
}

/// A series in a few numbers, in the unit of the samples; none where undefined.
struct Summary {
  std::size_t count = 0;
  std::optional<double> mean;
  std::optional<double> std;
  std::optional<double> median;
  std::optional<double> p90;
  std::optional<double> p99;
  std::optional<double> min;
  std::optional<double> max;
};

[[nodiscard]] inline Summary summary(const std::vector<double>& x) {
  return {x.size(),
          mean(x),
          standard_deviation(x),
          percentile(x, 0.5),
          percentile(x, 0.9),
          percentile(x, 0.99),
          percentile(x, 0.0),
          percentile(x, 1.0)};
}

}  // namespace pytimer
