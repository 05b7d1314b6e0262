#include "pytimer/host_clock.hpp"

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "check.hpp"
#include "pytimer/timed_loop.hpp"

namespace {

std::int64_t now_ns = 0;
std::int64_t virtual_now() { return now_ns; }
const pytimer::HostClock k_clock(&virtual_now);

/// Takes 10, 20, 30 … ns, 500 ns to prepare and 1 µs to drop each result; throws on call
/// `throws_at`.
struct Call {
  int throws_at = 0;
  int calls = 0;
  int released = 0;

  void prepare() { now_ns += 500; }
  void operator()() {
    ++calls;
    if (calls == throws_at) {
      throw std::runtime_error("asked to");
    }
    now_ns += 10 * calls;
  }
  void release() {
    ++released;
    now_ns += 1000;
  }
};

}  // namespace

int main() {
  using Columns = std::vector<double>;
  return check::run({
      {"host time is the call alone",
       [] {
         Call call;
         pytimer::Samples samples;
         pytimer::isolated(k_clock, call, 3, samples);
         check::equal(samples.host_s, Columns{10e-9, 20e-9, 30e-9});
         check::that(samples.device_s.empty() && samples.enqueue_s.empty());
         check::equal(call.released, 3);
       }},
      {"the window holds what is between the calls too",
       [] {
         Call call;
         pytimer::Samples samples;
         const pytimer::WallWindow window = pytimer::pipelined(k_clock, call, 3, samples);
         check::equal(window.seconds(), 4560e-9);
         check::equal(window.closed_ns - window.opened_ns, 4560);
         check::equal(samples.finish_s, Columns{510e-9, 2030e-9, 3560e-9});
         check::equal(samples.host_s, Columns{10e-9, 20e-9, 30e-9});
       }},
      {"the window opens behind the gate, and ends where it is shut",
       [] {
         struct Gate {
           int waits = 0;
           int asked = 0;
           void wait() {
             ++waits;
             now_ns += 7;
           }
           bool is_shut() { return ++asked > 2; }
         } gate;
         Call call;
         pytimer::Samples samples;
         const std::int64_t before = now_ns;
         const pytimer::WallWindow window = pytimer::pipelined(k_clock, call, 5, samples, gate);
         check::equal(gate.waits, 1);
         check::equal(window.opened_ns, before + 7);
         check::equal(window.closed_ns - window.opened_ns, 3030);
         check::equal(samples.host_s, Columns{10e-9, 20e-9});
         check::equal(call.released, 2);
       }},
      {"no repetitions, no calls",
       [] {
         Call call;
         pytimer::Samples samples;
         pytimer::isolated(k_clock, call, 0, samples);
         check::equal(pytimer::pipelined(k_clock, call, 0, samples).seconds(), 0.0);
         check::equal(call.calls, 0);
         check::that(samples.host_s.empty());
       }},
      {"a call that throws on the 7th repetition leaves 6 samples",
       [] {
         for (const bool window : {false, true}) {
           Call call{7};
           pytimer::Samples samples;
           check::equal(check::message_of<std::runtime_error>([&] {
                          if (window) {
                            static_cast<void>(pytimer::pipelined(k_clock, call, 300, samples));
                          } else {
                            pytimer::isolated(k_clock, call, 300, samples);
                          }
                        }),
                        "asked to");
           check::equal(samples.host_s.size(), 6U);
         }
       }},
      {"integer ticks are subtracted before they become seconds",
       [] {
         const std::int64_t years = 100LL * 365 * 86'400 * 1'000'000'000;
         check::equal(pytimer::seconds_between(years, years + 1), 1e-9);
       }},
      {"the steady clock never goes back",
       [] {
         std::int64_t last = pytimer::steady_now_ns();
         for (int i = 0; i < 100'000; ++i) {
           const std::int64_t now = pytimer::steady_now_ns();
           check::that(now >= last);
           last = now;
         }
       }},
  });
}
