#pragma once

#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace effgate {

// Why a file cannot be used as a checkpoint, or only with care. One code for `inspect`, `explain`,
// cells and exit codes.
enum class FileProblem {
  not_a_checkpoint,  // something else: an HTML page, a Git LFS pointer, an empty file, text
  truncated,         // ends early
  corrupt,           // damaged inside: checksum, directory, tensor size
  unsafe,            // would call something when unpickled
  whole_module,      // a pickled module object, tied to class paths
  no_state_dict,     // a torch file without a state dict
};

// The code as the contract writes it, for example "file.not_a_checkpoint".
std::string_view to_string(FileProblem code);

// How much a problem matters: `blocks` keeps the tensors from being used.
enum class ProblemSeverity { blocks, changes, note };
std::string_view to_string(ProblemSeverity severity);

struct Problem {
  FileProblem code;
  ProblemSeverity severity = ProblemSeverity::blocks;
  std::string summary;     // one sentence
  bool in_values = false;  // names and shapes are whole: only numbers of tensors are in doubt

  friend bool operator==(const Problem&, const Problem&) = default;
};

// The kind of Error that stands for a problem where only an Error can be returned.
ErrorKind error_kind(FileProblem code);

}  // namespace effgate
