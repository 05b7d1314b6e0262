#pragma once

#include <optional>
#include <type_traits>
#include <utility>

namespace pytimer {

/// Any C++ callable as a call that the timed loops take. What it returns is dropped outside the
/// timed region. Refers to the callable, which must outlive it.
template <class Function>
class Callable {
 public:
  using Result = std::invoke_result_t<Function&>;

  explicit Callable(Function& function) noexcept : function_(function) {}

  void prepare() const noexcept {}
  void operator()() {
    if constexpr (std::is_void_v<Result>) {
      function_();
    } else {
      result_.emplace(function_());
    }
  }
  void release() noexcept { result_.reset(); }

 private:
  using Kept = std::conditional_t<std::is_void_v<Result>, char, std::decay_t<Result>>;

  Function& function_;
  std::optional<Kept> result_;
};

}  // namespace pytimer
