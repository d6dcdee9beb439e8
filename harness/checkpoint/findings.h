#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/container.h"
#include "harness/checkpoint/problem.h"

namespace effgate {

// The message of an Error as a sentence.
inline std::string sentence(std::string message) {
  const bool lower_case = !message.empty() && message[0] >= 'a' && message[0] <= 'z';
  if (lower_case) message[0] = static_cast<char>(message[0] - 'a' + 'A');
  return message + ".";
}

// What the reader of a container finds out: the content of a Checkpoint.
struct Findings {
  Container container = Container::unknown;
  std::string writer;
  std::vector<TensorEntry> tensors;
  std::vector<std::vector<std::byte>> inflated;  // what tensors point into besides the file
  std::vector<std::string> other_entries;
  std::vector<std::string> wrappers;
  std::vector<std::pair<std::string, std::string>> outer_entries;
  std::vector<StateDictPlace> state_dicts;
  std::vector<std::pair<std::string, std::int64_t>> module_versions;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<std::string> inert_globals;
  PickleFacts pickle;
  std::vector<Problem> problems;

  void report(FileProblem code, std::string summary,
              ProblemSeverity severity = ProblemSeverity::blocks) {
    problems.push_back({code, severity, std::move(summary)});
  }
  // An error of a reader: truncated or corrupt.
  void report(const Error& error) {
    const bool truncated = error.kind == ErrorKind::truncated;
    report(truncated ? FileProblem::truncated : FileProblem::corrupt, sentence(error.message));
  }
};

// Far more than any model has; keeps hostile files from taking memory.
inline constexpr std::size_t kMostTensors = 32768;
inline constexpr std::size_t kMostNameBytes = std::size_t{2} << 20;  // of all keys together
inline constexpr std::size_t kMostDimensions = 64;                   // as torch
inline constexpr std::size_t kMostDimensionsInAll = 8 * kMostTensors;
inline constexpr std::size_t kMostTensorProblems = 8;
inline constexpr std::size_t kMostNotes = 64;

}  // namespace effgate
