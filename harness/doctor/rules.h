#pragma once

#include <optional>
#include <span>

#include "harness/checkpoint/checkpoint.h"
#include "harness/doctor/cause.h"
#include "harness/doctor/interpretation.h"
#include "harness/doctor/target.h"
#include "harness/doctor/values/value_facts.h"

namespace effgate {

// All that is known of a checkpoint before causes are named.
struct Evidence {
  const Checkpoint& checkpoint;
  const NetworkIndex& networks;
  const Target* target;  // null where no model was asked for
  Interpretation found;
  ValueFacts values;
  bool foreign = false;  // the file is of no network here
  // The model that the file can become: the target, or the network that it is of.
  std::string model{};
};

// One cause: what it is called, and the function that finds it in the evidence.
struct Rule {
  CauseCode code;
  std::optional<Cause> (*examine)(const Evidence&);
};

std::span<const Rule> wrapping_rules();  // what lies around the names
std::span<const Rule> network_rules();   // whose tensors they are
std::span<const Rule> tensor_rules();    // which are there, and what they hold

// What the rules write alike.
Cause make_cause(CauseCode code, ProblemSeverity severity, std::string summary);
// At most a handful of names, and how many more there are.
std::vector<std::string> some_of(std::span<const std::string> names);
// "a", "a or b", "a, b or c"
std::string either(std::span<const std::string> names);
// `effgate repair` for the model that the file can become, or for another.
Fix repair_fix(const Evidence& evidence, FixKind kind, std::optional<bool> lossless,
               const std::string& model = "");
// `effgate check` with another model.
Fix use_model_fix(const Evidence& evidence, const std::string& model);
// `effgate convert` with the options given.
Fix convert_fix(const Evidence& evidence, FixKind kind, std::string_view options,
                std::optional<bool> lossless);

}  // namespace effgate
