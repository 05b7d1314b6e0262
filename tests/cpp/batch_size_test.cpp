#include "pytimer/batch_size.hpp"

#include <new>
#include <set>
#include <stdexcept>
#include <string>

#include "check.hpp"
#include "pytimer/host_clock.hpp"

namespace {

using namespace pytimer;

/// Fits up to `limit` items; remembers what was tried.
struct Model {
  std::size_t limit;
  std::multiset<std::size_t> calls{};

  void operator()(std::size_t batch_size) {
    calls.insert(batch_size);
    if (batch_size > limit) {
      throw std::bad_alloc();
    }
  }
};

BatchSizePlan plan_of(Strategy strategy, std::optional<std::size_t> cap = std::nullopt) {
  BatchSizePlan plan;
  plan.strategy = strategy;
  plan.max_batch_size = cap;
  return plan;
}

void every_limit_is_found_exactly() {
  for (std::size_t limit = 1; limit <= 300; ++limit) {
    Model model{limit};
    const BatchSize found = find_batch_size(HostClock(), model, plan_of(Strategy::binary));
    check::equal(found.max_batch_size, limit);
    check::that(found.limit == BatchSize::Limit::memory);
    check::equal(model.calls.count(limit), 2U);      // tried with success
    check::equal(model.calls.count(limit + 1), 1U);  // tried, and failed
    for (const Probe& probe : found.probes) {
      check::equal(probe.fitted, probe.batch_size <= limit);
      check::equal(probe.call_s.has_value(), probe.fitted);
    }
  }
}

void one_by_one_finds_the_same() {
  Model model{9};
  const BatchSize found = find_batch_size(HostClock(), model, plan_of(Strategy::sequential));
  check::equal(found.max_batch_size, 9U);
  check::equal(found.probes.size(), 10U);
}

void a_cap_is_never_exceeded() {
  for (std::size_t cap = 1; cap <= 40; ++cap) {
    Model model{1000};
    const BatchSize found = find_batch_size(HostClock(), model, plan_of(Strategy::binary, cap));
    check::equal(found.max_batch_size, cap);
    check::that(found.limit == BatchSize::Limit::cap);
    check::equal(*model.calls.rbegin(), cap);
  }
}

void other_errors_end_the_search_with_all_probes() {
  const auto model = [](std::size_t batch_size) {
    if (batch_size == 4) {
      throw std::runtime_error("shapes differ");
    }
  };
  try {
    static_cast<void>(find_batch_size(HostClock(), model));
    check::that(false);
  } catch (const Incomplete<BatchSize>& error) {
    check::equal(std::string(error.what()),
                 std::string("the search ended at batch size 4: shapes differ"));
    check::equal(error.so_far().probes.size(), 3U);
    check::equal(error.so_far().max_batch_size, 2U);
  }
}

void texts_of_allocators_are_known() {
  for (const char* text :
       {"CUDA out of memory. Tried to allocate", "DefaultCPUAllocator: can't allocate memory",
        "CUBLAS_STATUS_ALLOC_FAILED when calling", "std::bad_alloc"}) {
    check::that(says_too_large(std::runtime_error(text)));
  }
  check::that(!says_too_large(std::runtime_error("shapes differ")));
}

void what_is_too_large_may_be_told() {
  const auto model = [](std::size_t batch_size) {
    if (batch_size > 5) {
      throw std::length_error("mine");
    }
  };
  const auto mine = [](const std::exception& error) {
    return dynamic_cast<const std::length_error*>(&error) != nullptr;
  };
  check::equal(find_batch_size(HostClock(), model, {}, mine).max_batch_size, 5U);
}

void nothing_fits() {
  Model model{0};
  const BatchSize found = find_batch_size(HostClock(), model);
  check::equal(found.max_batch_size, 0U);
  check::equal(found.probes.size(), 1U);
}

void a_stop_ends_the_search_with_what_is_known() {
  Stop stop;
  const auto model = [&](std::size_t batch_size) {
    if (batch_size == 8) {
      stop.request();
    }
  };
  const BatchSize found = find_batch_size(HostClock(), model, {}, &says_too_large, {}, &stop);
  check::equal(found.max_batch_size, 8U);
  check::that(found.limit == BatchSize::Limit::stopped);
}

}  // namespace

int main() {
  return check::run({
      {"every limit is found exactly", every_limit_is_found_exactly},
      {"one by one finds the same", one_by_one_finds_the_same},
      {"a cap is never exceeded", a_cap_is_never_exceeded},
      {"other errors end the search with all probes", other_errors_end_the_search_with_all_probes},
      {"texts of allocators are known", texts_of_allocators_are_known},
      {"what is too large may be told", what_is_too_large_may_be_told},
      {"nothing fits", nothing_fits},
      {"a stop ends the search with what is known", a_stop_ends_the_search_with_what_is_known},
  });
}
