#pragma once

#include <exception>
#include <string>
#include <utility>

#include "pytimer/error.hpp"

namespace pytimer {

/// A measurement that an exception ended. Nothing measured is lost: `so_far` has it.
template <class Result>
class Incomplete : public Error {
 public:
  Incomplete(const std::string& what, Result so_far, std::exception_ptr cause)
      : Error(what), so_far_(std::move(so_far)), cause_(std::move(cause)) {}

  [[nodiscard]] const Result& so_far() const noexcept { return so_far_; }
  /// What was thrown; for std::rethrow_exception.
  [[nodiscard]] const std::exception_ptr& cause() const noexcept { return cause_; }

 private:
  Result so_far_;
  std::exception_ptr cause_;
};

namespace detail {

/// The text of the exception that is being handled.
inline std::string text_of_current() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

}  // namespace detail
}  // namespace pytimer
