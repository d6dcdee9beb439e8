#pragma once

#include "harness/cli/console.h"
#include "harness/cli/json_output.h"
#include "harness/cli/subcommand.h"
#include "harness/doctor/cause.h"

namespace effgate {

// The networks that a file may be of, as every document lists them.
Json candidates_json(const std::vector<ModelCandidate>& candidates);

// A diagnosis as `effgate.explain/1`.
Json diagnosis_json(const Diagnosis& diagnosis);

// The same for people: the first cause in one sentence, then evidence and fix of every cause.
// `subject` is what was asked about: a file's name, or "the message".
void print_diagnosis(Console& console, const Diagnosis& diagnosis, std::string_view subject);

// 0 where there are notes at most, 5 where a cause is about the file, 1 for any other.
ExitCode exit_code_of(const Diagnosis& diagnosis);

}  // namespace effgate
