#pragma once

#include "pytimer/accelerator_stream.hpp"
#include "pytimer/event_clock.hpp"

namespace pytimer {

/// Times calls that put work on a stream of any accelerator, by its own events.
using AcceleratorClock = EventClock<AcceleratorStream>;

}  // namespace pytimer
