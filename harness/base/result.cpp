#include "harness/base/result.h"

namespace effgate {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return "usage";
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::malformed: return "malformed";
    case ErrorKind::truncated: return "truncated";
    case ErrorKind::unsafe: return "unsafe";
    case ErrorKind::unsupported: return "unsupported";
    case ErrorKind::refused: return "refused";
    case ErrorKind::out_of_memory: return "out_of_memory";
    case ErrorKind::io: return "io";
    case ErrorKind::timed_out: return "timed_out";
    case ErrorKind::library: return "library";
    case ErrorKind::bug: return "bug";
  }
  return "bug";
}

}  // namespace effgate
