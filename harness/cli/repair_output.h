#pragma once

#include <string>

#include "harness/cli/console.h"
#include "harness/cli/forward_proof.h"
#include "harness/doctor/cause.h"
#include "harness/doctor/repair/repair.h"
#include "harness/doctor/repair/repair_proof.h"

namespace effgate {

// A file that was repaired and proved.
struct RepairedFile {
  std::string input;
  std::string output;
  std::string model;
  const Repair& repair;
  RepairProof proof;
  ForwardProof forward;
};

// For a person, and for a program (schema effgate.repair/1).
void print_repair(Console& console, const RepairedFile& file);
void print_repair_json(Console& console, const RepairedFile& file);

// The same document for a file that was not repaired: `repaired` is false, `reason` says why.
void print_refusal_json(Console& console, const std::string& input, const Diagnosis& diagnosis,
                        const std::string& reason);

}  // namespace effgate
