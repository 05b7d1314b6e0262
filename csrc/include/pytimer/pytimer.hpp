#pragma once

/// Everything that needs no torch.
#include "pytimer/batch_size.hpp"
#include "pytimer/cuda_clock.hpp"
#include "pytimer/cuda_runtime.hpp"
#include "pytimer/environment.hpp"
#include "pytimer/host_clock.hpp"
#include "pytimer/latency.hpp"
#include "pytimer/report.hpp"
#include "pytimer/request_loop.hpp"
#include "pytimer/result_file.hpp"
#include "pytimer/summary.hpp"
#include "pytimer/throughput.hpp"
