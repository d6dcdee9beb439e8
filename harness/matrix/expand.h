#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/matrix/cell.h"
#include "harness/matrix/expression.h"
#include "harness/matrix/suite.h"

namespace effgate {

// A library that cells can be run on.
struct OfferedLibrary {
  std::string name;
  std::string version;
};

// Part `index` (from 1) of `count` parts that together are the whole suite. Cells that differ in
// their library alone are in the same part.
struct Shard {
  std::int64_t index = 1;
  std::int64_t count = 1;
};
// "2/4"; a usage error for anything else.
Result<Shard> parse_shard(std::string_view text);

// The network that a checkpoint file says or is named for.
struct OwnNetwork {
  std::string model;                             // catalogue name
  std::optional<std::int64_t> num_classes = {};  // where the file tells
};
// Kinds of error: unsafe, truncated, malformed and not_found speak of the file; refused means that
// the file is sound and fits no network of the catalogue.
using OwnNetworkFinder =
    std::function<Result<OwnNetwork>(const std::filesystem::path& file, const std::string& key)>;

struct ExpandOptions {
  std::vector<OfferedLibrary> libraries;
  OwnNetworkFinder own_network;             // asked once for each file
  std::vector<std::string> only_libraries;  // patterns; all where empty
  std::optional<Expression> only;
  Shard shard;
};

struct Expansion {
  // In the suite's order; names are unique. Skipped ones are among them.
  std::vector<Cell> cells;
  // Cells in all shards together.
  std::size_t asked_for = 0;
  // Kind not_found: a pattern or name that matches no library here. The others go on; the run
  // ends with "could not measure".
  std::vector<Error> missing;
  std::vector<std::string> warnings;
};

// The same suite, libraries and program give the same cells in the same order. Usage errors: a size
// that a network cannot have.
Result<Expansion> expand(const Suite& suite, const ExpandOptions& options);

}  // namespace effgate
