#pragma once

#include <vector>

#include "harness/doctor/message/load_error_reading.h"

namespace effgate {

// Causes of a load error that are told by which networks wrote the file and was built.

// Whether a network may have written the file and have been built too.
bool share_a_network(const PairReading& pairs);

// Where the best pair has a network on either side.
Cause implementation_cause(const LoadErrorReading& reading);
Cause backbone_only_cause(const LoadErrorReading& reading);
Cause other_network_cause(const LoadErrorReading& reading);
Cause alteration_cause(const LoadErrorReading& reading);

// Where nothing of a known network is in the file.
Cause nothing_of_the_model_cause(const LoadErrorReading& reading);
// Names that no network of the catalogue has, on both sides.
std::vector<Cause> unknown_network_causes(const LoadErrorReading& reading);

// What the networks do not explain.
std::vector<Cause> left_over_causes(const LoadErrorReading& reading);

}  // namespace effgate
