#pragma once

#include "harness/base/result.h"
#include "harness/cli/checkpoint_argument.h"
#include "harness/cli/places.h"
#include "harness/doctor/cause.h"

namespace effgate {

// Adds to `arch.ambiguous` how far the models that fit the file lie apart: each against the one
// asked for, or else the first, computed by the reference on image 0 of the recipe. A line of
// evidence a pair; `details` gain MODEL.largest_difference, of any output, and
// MODEL.detections_paired, a share. Nothing without that cause, or where the file does not load as
// it lies. What a cell could not compute is said in the evidence. Errors: timed_out on SIGINT or
// SIGTERM.
Status measure_candidates(const Places& places, const CheckpointArgument& argument, bool ema,
                          Diagnosis& diagnosis);

}  // namespace effgate
