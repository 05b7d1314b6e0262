#pragma once

#include <cstdint>

/// Control of the simulated CUDA runtime.
///
/// The library exports the runtime functions that pytimer calls, under their real names, on virtual
/// time: host time moves only by the costs set here, by `sim_host_work` and by waiting. Streams run
/// their work in order, and different streams do not wait for each other (the legacy default stream
/// is a stream like any other). It proves order, arithmetic, errors and leaks; it says nothing
/// about real clocks. Each call is one step whatever the threads, which share the host time and the
/// current device. Loaded by tests through the table of functions, never
/// preloaded.
extern "C" {

/// How long an error lasts.
enum class sim_manner : int {
  /// That one call fails.
  once,
  /// Each later call of any function fails likewise, until sim_reset.
  sticky,
  /// The call succeeds; the next one that waits or asks fails, and each later call of any function.
  at_next_wait,
};

/// Forgets everything: time 0, no costs, no faults, one device current of two, no streams, no log.
void sim_reset();

/// Host time, nanoseconds. Fits pytimer::HostNow.
std::int64_t sim_now_ns();
/// The host works for so long.
void sim_host_work(std::int64_t ns);
/// Host time that one launch, or one record of an event, takes.
void sim_set_launch_cost(std::int64_t ns);
void sim_set_record_cost(std::int64_t ns);
/// How many unfinished kernels a stream holds before a launch blocks the host.
void sim_set_queue_depth(int kernels);

/// A new stream of that device.
void* sim_create_stream(int device = 0);
/// Puts a kernel of that length on the stream; null is the default stream. Returns a cudaError_t.
int sim_launch(void* stream, std::int64_t duration_ns);

/// Starts recording launches instead of making them; the end returns a graph.
void sim_begin_capture();
int sim_end_capture();
/// Puts all kernels of the graph on the stream with the cost of one launch. Returns a cudaError_t.
int sim_launch_graph(int graph, void* stream);

/// The nth call from now (1 is the next) of the named function fails with `status`.
void sim_fail_call(const char* name, int nth, int status);
/// A kernel has failed: the next call that waits or asks reports `status`, and so does every later
/// call of any function, until sim_reset.
void sim_fail_asynchronously(int status);
/// The call of that index from now (0 is the next) fails with `status`, whichever function it is
/// of; a negative index: none does. Launches are counted too; cudaGetLastError and
/// cudaPeekAtLastError, which report errors of others, are not.
void sim_fail_at(int index, int status, sim_manner manner);
/// After so many counted calls all fail with 999: whoever goes on for ever finds an end.
void sim_set_most_calls(int calls);
/// Calls so counted since sim_fail_at, or sim_reset.
int sim_counted_calls();
/// The function at whose call the error of sim_fail_at arose; "" where it has not yet.
const char* sim_failed_call();

/// Calls of the named function since sim_reset.
int sim_calls(const char* name);
/// What ran when, a line each: "host NAME BEGIN END" or "STREAM kernel BEGIN END", nanoseconds,
/// where STREAM counts from 0 in order of first use; valid until the next call.
const char* sim_timeline();
/// Names of all calls and launches in order, a line each; valid until the next call.
const char* sim_log();
void sim_clear_log();
/// Events created and not destroyed, now and at most since sim_reset.
int sim_live_events();
int sim_most_live_events();
/// Libraries of kernels loaded and not unloaded; the one count that sim_reset leaves as it is.
int sim_live_libraries();
}
