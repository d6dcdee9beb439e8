#include "harness/checkpoint/problem.h"

namespace effgate {

std::string_view to_string(FileProblem code) {
  switch (code) {
    case FileProblem::not_a_checkpoint: return "file.not_a_checkpoint";
    case FileProblem::truncated: return "file.truncated";
    case FileProblem::corrupt: return "file.corrupt";
    case FileProblem::unsafe: return "file.unsafe";
    case FileProblem::whole_module: return "file.whole_module";
    case FileProblem::no_state_dict: return "file.no_state_dict";
  }
  return "";
}

std::string_view to_string(ProblemSeverity severity) {
  switch (severity) {
    case ProblemSeverity::blocks: return "blocks";
    case ProblemSeverity::changes: return "changes";
    case ProblemSeverity::note: return "note";
  }
  return "";
}

ErrorKind error_kind(FileProblem code) {
  switch (code) {
    case FileProblem::truncated: return ErrorKind::truncated;
    case FileProblem::unsafe:
    case FileProblem::whole_module: return ErrorKind::unsafe;
    case FileProblem::not_a_checkpoint:
    case FileProblem::corrupt:
    case FileProblem::no_state_dict: return ErrorKind::malformed;
  }
  return ErrorKind::bug;
}

}  // namespace effgate
