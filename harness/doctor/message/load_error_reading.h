#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/doctor/cause.h"
#include "harness/doctor/message/load_error.h"
#include "harness/doctor/message/load_evidence.h"
#include "harness/doctor/message/network_pairs.h"
#include "harness/doctor/message/spellings.h"

namespace effgate {

// A load error as it is understood: what its causes are told from. Points into what its maker
// holds.
struct LoadErrorReading {
  const LoadError& error;  // with the keys as the message has them
  const Spellings& spellings;
  const LoadEvidence& evidence;
  const PairReading& pairs;
  const std::string& model;  // that was asked for, or ""
};

// How sure it is what nothing shown contradicts, and what nothing shown proves.
inline constexpr double kLikely = 0.6;

// A cause without evidence. It is surer where the best pair of networks leaves nothing unexplained.
Cause make_cause(const LoadErrorReading& reading, CauseCode code, std::string summary,
                 Fix fix = {});

// The repair for the model that was asked for or is the only one that the keys allow.
std::string repair_command(const LoadErrorReading& reading);

// So many of the names as a cause shows.
std::vector<std::string> first_of(const std::vector<std::string>& names);
// Each as "box.weight: [36,64] in the file, [36,88] in the model".
std::vector<std::string> first_of(const std::vector<ShapeMismatch>& mismatches);

std::string shape_text(const ShapeMismatch& mismatch);

}  // namespace effgate
