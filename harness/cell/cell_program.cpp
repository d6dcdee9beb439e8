#include "harness/cell/cell_program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>

namespace effgate {
namespace {

std::string program_path() {
  const char* build = std::getenv("EFFGATE_BUILD_DIR");
  return (std::filesystem::path(build == nullptr ? "build" : build) / "effgate-cell").string();
}

std::string fixtures_path() {
  const char* source = std::getenv("EFFGATE_SOURCE_DIR");
  return (std::filesystem::path(source == nullptr ? "." : source) / "fixtures").string();
}

std::vector<char*> argument_pointers(std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  return pointers;
}

struct Pipe {
  FileDescriptor reader;
  FileDescriptor writer;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

}  // namespace

CellProgram::CellProgram(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {program_path()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const std::vector<char*> pointers = argument_pointers(command);
  const std::string fixtures = fixtures_path();
  Pipe input = make_pipe();
  Pipe output = make_pipe();
  pid_ = fork();
  if (pid_ == 0) {
    dup2(input.reader.get(), STDIN_FILENO);
    dup2(output.writer.get(), STDOUT_FILENO);
    setenv("EFFGATE_FIXTURES", fixtures.c_str(), 1);
    execv(pointers[0], pointers.data());
    _exit(127);
  }
  input_ = std::move(input.writer);
  output_ = std::move(output.reader);
}

CellProgram::~CellProgram() {
  if (waited_) return;
  kill(pid_, SIGKILL);
  wait();
}

void CellProgram::write(const std::string& text) {
  if (::write(input_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    std::abort();
  }
}

std::optional<std::string> CellProgram::read_line() {
  for (;;) {
    const std::size_t end = pending_.find('\n');
    if (end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return line;
    }
    std::array<char, 4096> bytes{};
    const ssize_t length = read(output_.get(), bytes.data(), bytes.size());
    if (length <= 0) return std::nullopt;
    pending_.append(bytes.data(), static_cast<std::size_t>(length));
  }
}

int CellProgram::wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  waited_ = true;
  return status;
}

const EndRecord* JobOutcome::end() const {
  return records.empty() ? nullptr : std::get_if<EndRecord>(&records.back());
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<CellRecordLine> records_in(const std::filesystem::path& result) {
  const auto content = read_text_file(result);
  return content.ok() ? whole_records(*content) : std::vector<CellRecordLine>{};
}

JobOutcome run_in_cell(const CellJob& job, const std::filesystem::path& folder) {
  const auto job_path = folder / "job.json";
  const auto result_path = folder / "result.jsonl";
  std::filesystem::remove(result_path);
  write_text(job_path, to_json_line(job));
  CellProgram program({"--job", job_path, "--result", result_path});
  const int status = program.wait();
  return {status, records_in(result_path)};
}

}  // namespace effgate
