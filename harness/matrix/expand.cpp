#include "harness/matrix/expand.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "harness/base/hash.h"
#include "harness/base/text.h"
#include "harness/base/version.h"
#include "harness/graph/catalogue.h"
#include "harness/matrix/axes.h"

namespace effgate {
namespace {

constexpr std::size_t kMostCells = 100'000;

bool is_pattern(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

// One value for every axis; the odometer of the product.
using Combination = std::map<std::string_view, std::string>;

class Expander {
 public:
  Expander(const Suite& suite, const ExpandOptions& options)
      : suite_(suite), options_(options), libraries_(options.libraries) {
    std::sort(libraries_.begin(), libraries_.end(),
              [](const auto& a, const auto& b) { return library_name_less(a.name, b.name); });
    exclude_used_.resize(suite.exclude.size(), false);
  }

  Result<Expansion> expand() {
    note_unknown_only_libraries();
    for (const MatrixBlock& block : suite_.matrix) EFFGATE_TRY(add_block(block, false));
    for (const MatrixBlock& block : suite_.include) EFFGATE_TRY(add_block(block, true));
    warn_about_unused_excludes();
    keep_only_requested();
    EFFGATE_TRY(check_sizes());
    return std::move(result_);
  }

 private:
  Status add_block(const MatrixBlock& block, bool include) {
    std::vector<std::pair<std::string_view, std::vector<std::string>>> factors;
    for (const Axis& axis : all_axes()) {
      if (axis.kind == AxisKind::measure) continue;
      factors.emplace_back(axis.name, values_of(block, axis));
    }
    return add_product(block, include, factors);
  }

  std::vector<std::string> values_of(const MatrixBlock& block, const Axis& axis) {
    const auto named = block.axes.find(axis.name);
    if (named == block.axes.end()) return split(axis.fallback, ' ');
    if (axis.kind != AxisKind::library) return named->second;
    std::vector<std::string> names;
    for (const std::string& pattern : named->second) {
      for (std::string& name : libraries_matching(pattern, block.line)) {
        if (std::find(names.begin(), names.end(), name) == names.end()) {
          names.push_back(std::move(name));
        }
      }
    }
    return names;
  }

  // A plain name that is not installed stays: its cells say that the library is missing.
  std::vector<std::string> libraries_matching(const std::string& pattern, std::int64_t line) {
    std::vector<std::string> names;
    for (const OfferedLibrary& library : libraries_) {
      if (matches_pattern(library.name, pattern)) names.push_back(library.name);
    }
    if (!names.empty()) return names;
    const bool named = !is_pattern(pattern);
    const bool asked_for = named ? wanted_library(pattern) : options_.only_libraries.empty();
    if (asked_for) {
      note_missing(fmt::format("{}:{}: library '{}'", suite_.file.string(), line, pattern));
    }
    if (named) names.push_back(pattern);
    return names;
  }

  void note_missing(std::string_view what) {
    std::vector<std::string> names;
    for (const OfferedLibrary& library : libraries_) names.push_back(library.name);
    const std::string installed = names.empty() ? "none" : join(names, ", ");
    Error error{ErrorKind::not_found,
                fmt::format("{}: matches no installed library; installed: {}", what, installed),
                "effgate libs list"};
    const auto same = [&](const Error& known) { return known.message == error.message; };
    if (std::none_of(result_.missing.begin(), result_.missing.end(), same)) {
      result_.missing.push_back(std::move(error));
    }
  }

  void note_unknown_only_libraries() {
    for (const std::string& pattern : options_.only_libraries) {
      const auto matches_it = [&](const OfferedLibrary& library) {
        return matches_pattern(library.name, pattern);
      };
      if (std::none_of(libraries_.begin(), libraries_.end(), matches_it)) {
        note_missing(fmt::format("--libs '{}'", pattern));
      }
    }
  }

  Status add_product(
      const MatrixBlock& block, bool include,
      const std::vector<std::pair<std::string_view, std::vector<std::string>>>& factors) {
    std::vector<std::size_t> at(factors.size(), 0);
    for (const auto& [axis, values] : factors) {
      if (values.empty()) return success();
    }
    while (true) {
      Combination combination;
      for (std::size_t i = 0; i < factors.size(); ++i) {
        combination[factors[i].first] = factors[i].second[at[i]];
      }
      EFFGATE_TRY(add_cell(cell_of(combination, block), include));
      std::size_t last = factors.size();
      while (last > 0 && ++at[last - 1] == factors[last - 1].second.size()) at[--last] = 0;
      if (last == 0) return success();
    }
  }

  Cell cell_of(Combination& combination, const MatrixBlock& block) {
    const auto take = [&](std::string_view axis) {
      return std::move(combination.extract(axis).mapped());
    };
    Cell cell;
    cell.checkpoint = take("checkpoint");
    cell.model = take("model");
    cell.library = take("library");
    cell.dtype = take("dtype");
    cell.device = take("device");
    cell.size = take("size");
    cell.input = take("input");
    cell.loader = take("loader");
    for (auto& [axis, value] : combination) cell.further[std::string(axis)] = std::move(value);
    set_measures(cell, block);
    set_library(cell);
    if (cell.model == "own") set_own_network(cell);
    cell.name = stable_name(cell);
    return cell;
  }

  void set_measures(Cell& cell, const MatrixBlock& block) {
    const std::vector<std::string> measures = values_of(block, *find_axis("measure"));
    const auto has = [&](std::string_view what) {
      return std::find(measures.begin(), measures.end(), what) != measures.end();
    };
    cell.drift = has("drift");
    cell.time = has("time");
  }

  void set_library(Cell& cell) const {
    const auto found = std::find_if(libraries_.begin(), libraries_.end(), [&](const auto& library) {
      return library.name == cell.library;
    });
    cell.installed = found != libraries_.end();
    if (cell.installed) cell.version = found->version;
  }

  void set_own_network(Cell& cell) {
    const CheckpointSource source = checkpoint_source(cell.checkpoint);
    if (source.recipe) {
      cell.model = source.target;
      return;
    }
    auto known = own_networks_.find(cell.checkpoint);
    if (known == own_networks_.end()) {
      const std::filesystem::path path = path_in_suite(suite_, source.target);
      known = own_networks_.emplace(cell.checkpoint, options_.own_network(path, source.key)).first;
    }
    if (known->second.ok()) {
      take_network(*known->second, cell);
    } else {
      cell.own_error = known->second.error();
    }
  }

  // A network of other classes than the catalogue's is told so in the cell's name.
  static void take_network(const OwnNetwork& own, Cell& cell) {
    cell.model = own.model;
    const auto model = find_model(own.model);
    std::string& classes = cell.further["num_classes"];
    if (classes == "own" && own.num_classes && model.ok() && *own.num_classes != model->num_classes)
      classes = std::to_string(*own.num_classes);
  }

  Status add_cell(Cell cell, bool include) {
    const auto known = by_name_.find(cell.name);
    if (known != by_name_.end()) {
      Cell& first = result_.cells[known->second];
      first.drift = first.drift || cell.drift;
      first.time = first.time || cell.time;
      if (include) first.skip = impossible(first);
      return success();
    }
    if (result_.cells.size() == kMostCells) {
      return Error{ErrorKind::usage,
                   fmt::format("{}: more than {} cells", suite_.file.string(), kMostCells)};
    }
    cell.skip = include ? impossible(cell) : skip_of(cell);
    by_name_.emplace(cell.name, result_.cells.size());
    result_.cells.push_back(std::move(cell));
    return success();
  }

  std::optional<CellSkip> skip_of(const Cell& cell) {
    std::optional<CellSkip> skip = impossible(cell);
    for (std::size_t i = 0; i < suite_.exclude.size(); ++i) {
      if (!matches(suite_.exclude[i].where, cell)) continue;
      exclude_used_[i] = true;
      if (!skip && !taken_back(cell)) skip = CellSkip{"excluded", suite_.exclude[i].reason};
    }
    return skip;
  }

  bool taken_back(const Cell& cell) const {
    return std::any_of(suite_.take_back.begin(), suite_.take_back.end(),
                       [&](const SuiteRule& rule) { return matches(rule.where, cell); });
  }

  static std::optional<CellSkip> impossible(const Cell& cell) {
    if (cell.dtype == "tf32" && cell.device != "cuda") {
      return CellSkip{"needs_cuda", "TF32 exists on CUDA devices only."};
    }
    return std::nullopt;
  }

  // An exclude that never matches is most often a misspelt value.
  void warn_about_unused_excludes() {
    for (std::size_t i = 0; i < suite_.exclude.size(); ++i) {
      if (exclude_used_[i]) continue;
      result_.warnings.push_back(fmt::format("{}:{}: this exclude matches no cell: {}",
                                             suite_.file.string(), suite_.exclude[i].line,
                                             suite_.exclude[i].where.text()));
    }
  }

  bool wanted_library(const std::string& name) const {
    const auto& patterns = options_.only_libraries;
    return patterns.empty() ||
           std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return matches_pattern(name, pattern); });
  }

  // A verdict compares cells that differ in their library alone, so one shard has them all.
  bool in_shard(const Cell& cell) const {
    if (options_.shard.count == 1) return true;
    Sha256 hash;
    hash.update(name_without_library(cell));
    std::uint64_t number = 0;
    const Sha256Digest digest = hash.finish();
    for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8 | digest[i];
    return number % static_cast<std::uint64_t>(options_.shard.count) + 1 ==
           static_cast<std::uint64_t>(options_.shard.index);
  }

  void keep_only_requested() {
    const std::size_t before = result_.cells.size();
    std::erase_if(result_.cells, [&](const Cell& cell) {
      return !wanted_library(cell.library) || (options_.only && !matches(*options_.only, cell));
    });
    result_.asked_for = result_.cells.size();
    std::erase_if(result_.cells, [&](const Cell& cell) { return !in_shard(cell); });
    warn_about_an_empty_choice(before);
  }

  void warn_about_an_empty_choice(std::size_t before) {
    if (before == 0 || !result_.cells.empty()) return;
    result_.warnings.push_back(
        result_.asked_for == 0
            ? fmt::format("none of the {} cells of {} was asked for", before, suite_.file.string())
            : fmt::format("shard {}/{} has none of the {} cells that were asked for",
                          options_.shard.index, options_.shard.count, result_.asked_for));
  }

  Status check_sizes() const {
    std::map<std::pair<std::string, std::string>, bool> seen;
    for (const Cell& cell : result_.cells) {
      if (cell.size == "native" || cell.own_error) continue;
      if (!seen.emplace(std::pair(cell.model, cell.size), true).second) continue;
      const ImageSize size = image_size(cell.size);
      ModelOverrides overrides;
      overrides.height = size.height;
      overrides.width = size.width;
      EFFGATE_ASSIGN(const ModelConfig config, find_model(cell.model));
      auto graph = build_graph(config, overrides);
      if (graph.ok()) continue;
      Error error = std::move(graph).error().while_doing("cell " + cell.name);
      error.next = "effgate models " + cell.model;
      return error;
    }
    return success();
  }

  const Suite& suite_;
  const ExpandOptions& options_;
  std::vector<OfferedLibrary> libraries_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::unordered_map<std::string, Result<OwnNetwork>> own_networks_;
  std::vector<bool> exclude_used_;
  Expansion result_;
};

}  // namespace

Result<Shard> parse_shard(std::string_view text) {
  const std::vector<std::string> parts = split(text, '/');
  const auto index = parse_integer(parts.front());
  const auto count = parse_integer(parts.back());
  if (parts.size() != 2 || !index || !count || *count < 1 || *index < 1 || *index > *count) {
    return Error{ErrorKind::usage,
                 fmt::format("shard '{}': expected I/N with I from 1 to N", printable_utf8(text))};
  }
  return Shard{*index, *count};
}

Result<Expansion> expand(const Suite& suite, const ExpandOptions& options) {
  return Expander(suite, options).expand();
}

}  // namespace effgate
