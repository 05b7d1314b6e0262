// A kernel that keeps one thread of the device busy for a stated time and says when it did.

// Bounds the spin even if the device's timer stood still: about ten seconds.
constexpr unsigned k_most_polls = 1U << 28U;

__device__ unsigned long long global_timer_ns() {
  unsigned long long now;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
  return now;
}

/// Returns once `duration_ns` have passed on the device's global timer. Where `stamps` is not null,
/// stamps[0] and stamps[1] receive the timer at the start and at the end.
extern "C" __global__ void pytimer_spin(unsigned long long duration_ns,
                                        unsigned long long* stamps) {
  const unsigned long long begin = global_timer_ns();
  unsigned long long now = begin;
  for (unsigned poll = 0; now - begin < duration_ns && poll < k_most_polls; ++poll) {
    now = global_timer_ns();
  }
  if (stamps != nullptr) {
    stamps[0] = begin;
    stamps[1] = now;
  }
}
