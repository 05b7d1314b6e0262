#pragma once

#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <vector>

/// As little of a test framework as these tests need.
namespace check {

/// Where a check is written: std::source_location, for C++17 too.
struct Place {
  static Place current(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }

  const char* file;
  int line;
};

struct Case {
  const char* name;
  std::function<void()> body;
};

inline int failures = 0;

inline void that(bool holds, Place where = Place::current()) {
  if (!holds) {
    ++failures;
    std::printf("  %s:%d does not hold\n", where.file, where.line);
  }
}

template <class A, class B>
void equal(const A& got, const B& expected, Place where = Place::current()) {
  that(got == expected, where);
}

/// Durations that passed through the runtime's float milliseconds.
inline void near(double got, double expected, Place where = Place::current()) {
  if (std::abs(got - expected) > 1e-6 * std::abs(expected)) {
    std::printf("  got %.9g, expected %.9g\n", got, expected);
    that(false, where);
  }
}

/// The message of the Exception that `body` throws; fails when it throws none.
template <class Exception, class Body>
std::string message_of(Body&& body, Place where = Place::current()) {
  try {
    body();
  } catch (const Exception& error) {
    return error.what();
  }
  that(false, where);
  return {};
}

/// Runs the cases; the exit code of the test program.
inline int run(const std::vector<Case>& cases) {
  for (const Case& test : cases) {
    std::printf("%s\n", test.name);
    try {
      test.body();
    } catch (const std::exception& error) {
      ++failures;
      std::printf("  threw %s\n", error.what());
    }
  }
  std::printf("%zu cases, %d failures\n", cases.size(), failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace check
