#pragma once

#include <sys/types.h>

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/files.h"
#include "harness/cell/protocol.h"

// For tests and benchmarks: drives the real effgate-cell program of the build folder.
namespace effgate {

// A started effgate-cell with pipes to its standard streams.
class CellProgram {
 public:
  explicit CellProgram(const std::vector<std::string>& arguments);
  ~CellProgram();
  CellProgram(const CellProgram&) = delete;
  CellProgram& operator=(const CellProgram&) = delete;

  pid_t pid() const { return pid_; }
  void write(const std::string& text);
  void close_input() { input_.reset(); }
  // The next line of standard output, without its end; unset where there is none any more.
  std::optional<std::string> read_line();
  // Waits for its end; the status of waitpid.
  int wait();

 private:
  pid_t pid_ = -1;
  bool waited_ = false;
  FileDescriptor input_;
  FileDescriptor output_;
  std::string pending_;
};

// What a job came to in a process of its own.
struct JobOutcome {
  int wait_status = 0;
  std::vector<CellRecordLine> records;

  const EndRecord* end() const;
  template <typename Record>
  std::vector<Record> all() const {
    std::vector<Record> found;
    for (const CellRecordLine& line : records) {
      if (const auto* record = std::get_if<Record>(&line)) found.push_back(*record);
    }
    return found;
  }
};

// Runs `effgate-cell --job` with its files in `folder`.
JobOutcome run_in_cell(const CellJob& job, const std::filesystem::path& folder);

std::vector<CellRecordLine> records_in(const std::filesystem::path& result);
void write_text(const std::filesystem::path& path, const std::string& text);

}  // namespace effgate
