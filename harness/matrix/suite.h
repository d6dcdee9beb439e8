#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/matrix/expression.h"

namespace effgate {

// The values a block gives for each axis it names, in canonical spelling and the file's order.
using AxisValues = std::map<std::string, std::vector<std::string>, std::less<>>;

// One [[matrix]] or axis-bearing [[include]] table.
struct MatrixBlock {
  AxisValues axes;
  std::string reason;  // of an include, or ""
  std::int64_t line = 0;
};

// One [[exclude]], or an [[include]] that takes excluded cells back.
struct SuiteRule {
  Expression where;
  std::string reason;
  std::int64_t line = 0;
};

struct SuiteTiming {
  std::int64_t warm_up = 2;   // forward passes before the first sample
  std::int64_t samples = 10;  // forward passes timed in each process
  std::int64_t restarts = 3;  // fresh processes for each cell
};

// A suite file, checked as far as is possible without knowing the installed libraries.
struct Suite {
  std::string name;
  std::filesystem::path file;
  std::string sha256;              // of the file's bytes
  std::filesystem::path policy;    // resolved against the suite's folder; "" where none is named
  double timeout_s = 120;          // for each process of a cell
  std::uint64_t memory_mb = 4096;  // likewise
  SuiteTiming timing;
  std::vector<MatrixBlock> matrix;
  std::vector<MatrixBlock> include;
  std::vector<SuiteRule> exclude;
  std::vector<SuiteRule> take_back;
};

// Every defect, unknown keys and an unreadable file included, is a usage error with file and line.
Result<Suite> read_suite(const std::filesystem::path& file);
// The same for text that stands for the content of `file`.
Result<Suite> parse_suite(std::string_view text, const std::filesystem::path& file);

// The path that a suite's `file:` value means: itself where absolute, else below the suite's
// folder.
std::filesystem::path path_in_suite(const Suite& suite, const std::filesystem::path& path);

}  // namespace effgate
