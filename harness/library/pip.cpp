#include "harness/library/pip.h"

#include <fmt/format.h>
#include <gnu/libc-version.h>

#include <algorithm>
#include <array>

#include "harness/base/text.h"
#include "harness/process/run.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;

// Python plays no part in what is unpacked; releases differ in the interpreters they were built
// for, so the first that has a wheel is taken.
constexpr std::array kPythons = {"311", "312", "310", "313", "39"};
// The minor version of this machine's glibc, 36 of 2.36; where it is not told, that which the
// newest wheels of torch ask for.
int glibc_minor() {
  const std::vector<std::string> parts = split(::gnu_get_libc_version(), '.');
  return parts.size() > 1 ? static_cast<int>(parse_integer(parts[1]).value_or(28)) : 28;
}

Command pip_command(const Download& download, std::string_view python) {
  Command command;
  command.argv = {"python3",
                  "-m",
                  "pip",
                  "download",
                  "--only-binary=:all:",
                  "--dest",
                  download.folder.string(),
                  "--no-cache-dir",
                  "--progress-bar=off"};
  if (!download.with_dependencies) command.argv.push_back("--no-deps");
  for (const char* option : {"--implementation", "cp", "--python-version"}) {
    command.argv.emplace_back(option);
  }
  command.argv.emplace_back(python);
  for (const std::string& abi :
       {fmt::format("cp{}", python), std::string("abi3"), std::string("none")}) {
    command.argv.insert(command.argv.end(), {"--abi", abi});
  }
  for (std::string& platform : wheel_platforms(glibc_minor())) {
    command.argv.insert(command.argv.end(), {"--platform", std::move(platform)});
  }
  if (!download.offline_folder.empty()) {
    command.argv.insert(command.argv.end(),
                        {"--no-index", "--find-links", download.offline_folder.string()});
  }
  command.argv.insert(command.argv.end(), download.requirements.begin(),
                      download.requirements.end());
  // pip unpacks into TMPDIR, which may be smaller than a wheel; the target folder is not.
  command.environment = {{"TMPDIR", download.folder.string()},
                         {"PIP_DISABLE_PIP_VERSION_CHECK", "1"},
                         {"PIP_NO_INPUT", "1"}};
  command.error = SameAsOutput{};
  command.output = PipeStream{64 * 1024};
  return command;
}

Result<std::vector<fs::path>> wheels_in(const fs::path& folder) {
  std::vector<fs::path> wheels;
  std::error_code failure;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failure)) {
    if (entry.path().extension() == ".whl") wheels.push_back(entry.path());
  }
  if (failure) return system_error("reading", folder, failure.value());
  std::sort(wheels.begin(), wheels.end());
  return wheels;
}

std::vector<std::string> last_lines(std::string_view text, std::size_t count) {
  std::vector<std::string> lines;
  for (const std::string& line : split(text, '\n')) {
    if (!trim(line).empty()) lines.emplace_back(trim(line));
  }
  if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<long>(count));
  return lines;
}

// What follows "(from versions: " in pip's message.
std::vector<std::string> versions_offered(std::string_view output) {
  constexpr std::string_view kStart = "(from versions: ";
  const std::size_t start = output.find(kStart);
  if (start == std::string_view::npos) return {};
  const std::string_view rest = output.substr(start + kStart.size());
  std::vector<std::string> versions;
  for (const std::string& version : split(rest.substr(0, rest.find(')')), ',')) {
    versions.emplace_back(trim(version));
  }
  return versions == std::vector<std::string>{"none"} ? std::vector<std::string>{} : versions;
}

// What follows "No matching distribution found for " in pip's message: the package at fault, which
// may be one that another needs.
std::string not_found_requirement(std::string_view output) {
  constexpr std::string_view kStart = "No matching distribution found for ";
  const std::size_t start = output.find(kStart);
  if (start == std::string_view::npos) return {};
  const std::string_view rest = output.substr(start + kStart.size());
  return std::string(trim(rest.substr(0, rest.find_first_of(" \n"))));
}

Error not_found_error(std::span<const std::string> requirements, const std::string& what,
                      std::string_view output) {
  const std::string missing = not_found_requirement(output);
  const auto offered = versions_offered(output);
  // Without an answer of the index pip goes on as if it had answered that there is none.
  if (offered.empty() && output.find("after connection broken by") != std::string_view::npos) {
    return Error{ErrorKind::io, what + ": pip cannot reach the package index",
                 "effgate libs add wheel:FILE"};
  }
  if (offered.empty()) {
    return Error{ErrorKind::not_found, fmt::format("{}: pip finds no version of it: {}", what,
                                                   join(last_lines(output, 2), " | "))};
  }
  const std::string version = missing.substr(std::min(missing.size(), missing.rfind('=') + 1));
  Error error{ErrorKind::not_found,
              fmt::format("{}: pip knows no {} for Linux x86-64{}; the newest is {}", what, missing,
                          did_you_mean(version, offered), offered.back()),
              {}};
  if (requirements.size() == 1 && requirements.front() == missing) {
    const auto nearest = nearest_names(version, offered);
    error.next =
        fmt::format("effgate libs add {}{}", missing.substr(0, missing.size() - version.size()),
                    nearest.empty() ? offered.back() : nearest.front());
  }
  return error;
}

}  // namespace

std::vector<std::string> wheel_platforms(int glibc_minor) {
  constexpr int kFirst = 5;  // manylinux1 is 2.5, the oldest there is
  std::vector<std::string> platforms;
  for (int minor = glibc_minor; minor >= kFirst; --minor) {
    platforms.push_back(fmt::format("manylinux_2_{}_x86_64", minor));
  }
  for (const char* older : {"manylinux2014_x86_64", "manylinux1_x86_64", "linux_x86_64"}) {
    platforms.emplace_back(older);
  }
  return platforms;
}

Error pip_error(std::span<const std::string> requirements, const Finished& finished) {
  const std::string what = fmt::format("downloading {}", join(requirements, " "));
  if (std::holds_alternative<Killed>(finished.outcome)) {
    return Error{ErrorKind::timed_out, fmt::format("{}: {}", what, to_string(finished.outcome))};
  }
  const std::string& output = finished.output;
  if (output.find("No matching distribution found") != std::string::npos) {
    return not_found_error(requirements, what, output);
  }
  return Error{ErrorKind::io, fmt::format("{}: pip {}: {}", what, to_string(finished.outcome),
                                          join(last_lines(output, 3), " | "))};
}

Result<std::vector<fs::path>> download_wheels(const Download& download, const StopRequest* stop) {
  Error failure{ErrorKind::bug, "no version of Python was tried"};
  for (const std::string_view python : kPythons) {
    EFFGATE_ASSIGN(const Finished finished,
                   run_process_for(pip_command(download, python), std::chrono::hours(2), stop));
    if (succeeded(finished.outcome)) return wheels_in(download.folder);
    Error error = pip_error(download.requirements, finished);
    if (python != kPythons.front() && error.kind == ErrorKind::not_found) continue;
    failure = std::move(error);
    if (failure.kind != ErrorKind::not_found) break;
  }
  return failure;
}

}  // namespace effgate
