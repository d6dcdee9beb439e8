#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace effgate {

// Where one of a child's standard streams leads.
struct NullStream {};     // /dev/null
struct InheritStream {};  // the parent's own
struct PipeStream {       // to this process; of the output the last `keep_bytes` are kept
  std::size_t keep_bytes = 1024 * 1024;
};
struct FileStream {  // input: read from it; output: created or emptied, or appended to
  std::filesystem::path path;
  bool append = false;
};
struct SameAsOutput {};  // standard error into standard output

using InputStream = std::variant<NullStream, InheritStream, PipeStream, FileStream>;
using OutputStream = std::variant<NullStream, InheritStream, PipeStream, FileStream>;
using ErrorStream = std::variant<NullStream, InheritStream, PipeStream, FileStream, SameAsOutput>;

struct Limits {
  std::optional<std::uint64_t> address_space_bytes;  // RLIMIT_AS; the parent's where empty
  std::uint64_t core_bytes = 0;                      // RLIMIT_CORE
};

// A program to start. It gets a process group of its own, default signal handling, no descriptor
// but the three streams, and SIGKILL when the thread that started it ends.
struct Command {
  // argv[0] is looked up in PATH unless it holds a slash.
  std::vector<std::string> argv;
  // Added to the parent's environment, replacing what has the same name.
  std::vector<std::pair<std::string, std::string>> environment;
  std::filesystem::path working_directory;  // the parent's where empty
  InputStream input = NullStream{};
  OutputStream output = PipeStream{};
  ErrorStream error = PipeStream{};
  Limits limits;
};

// The command as a person would type it, quoted for a shell; added environment first.
std::string shell_line(const Command& command);

}  // namespace effgate
