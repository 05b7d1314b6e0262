#include "pytimer/native_call.hpp"

#include "check.hpp"
#include "pytimer/host_clock.hpp"
#include "pytimer/timed_loop.hpp"

namespace {

struct Context {
  int fails_at;
  int calls = 0;
  int dropped = 0;
};

const char* call(void* context) {
  auto& self = *static_cast<Context*>(context);
  return ++self.calls == self.fails_at ? "shapes do not match" : nullptr;
}

void drop(void* context) { ++static_cast<Context*>(context)->dropped; }

}  // namespace

int main() {
  return check::run({
      {"each call is made once and its result dropped once",
       [] {
         Context context{0};
         const pytimer::NativeCall native{&call, &drop, &context};
         pytimer::Samples samples;
         pytimer::isolated(pytimer::HostClock(), native, 5, samples);
         check::equal(context.calls, 5);
         check::equal(context.dropped, 5);
       }},
      {"a text is thrown as CallError, and the samples stay",
       [] {
         Context context{4};
         const pytimer::NativeCall native{&call, &drop, &context};
         pytimer::Samples samples;
         check::equal(check::message_of<pytimer::CallError>(
                          [&] { pytimer::isolated(pytimer::HostClock(), native, 5, samples); }),
                      "shapes do not match");
         check::equal(samples.host_s.size(), 3U);
       }},
  });
}
