#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/checkpoint/checkpoint.h"

namespace effgate {

// What reads a file: Python's torch.load as it is called without options, or LibTorch's own
// loaders in C++.
enum class TorchLoader {
  torch_load,   // torch.load(FILE)
  pickle_load,  // torch::pickle_load
  archive,      // torch::load, InputArchive and torch::jit::load
};
std::string_view to_string(TorchLoader loader);

enum class LoadOutcome {
  reads,
  reads_with_classes,  // where the Python classes that it names can be imported
  runs_code,           // calls what the file asks for
  refuses,
  unknown,  // no version near this one was tried
};
std::string_view to_string(LoadOutcome outcome);

// What of a file decides how versions read it.
struct LoadFacts {
  Container container = Container::unknown;
  bool damaged = false;  // truncated or corrupt
  bool unsafe = false;
  bool whole_module = false;
  // Names a class of mere data that no version's weights_only admits ("argparse.Namespace").
  bool inert_globals = false;
  PickleFacts pickle;
};
LoadFacts load_facts(const Checkpoint& checkpoint);

// The releases that are told apart, oldest first: "1.5.1" to "2.15.0".
std::span<const std::string_view> torch_versions();

struct VersionOutcome {
  LoadOutcome outcome = LoadOutcome::unknown;
  std::string_view reason;  // why it is not read, or ""
};
// What a version's loader does with such a file, by a table of what was observed or published.
VersionOutcome predicted_outcome(const LoadFacts& facts, TorchLoader loader,
                                 std::string_view version);

// A run of versions that do the same with one file.
struct VersionRange {
  TorchLoader loader = TorchLoader::torch_load;
  std::string_view first, last;  // both inclusive
  VersionOutcome outcome;
};
std::vector<VersionRange> predicted_ranges(const LoadFacts& facts);

}  // namespace effgate
