#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/graph/graph.h"
#include "harness/layout/naming.h"

namespace effgate {

// A name in two languages. `{word}` stands for one word of the vocabulary of that name, or for a
// number where there is none; it may stand at another place in the other language.
struct NameRule {
  std::string_view theirs;
  std::string_view ours;
};

struct Vocabulary {
  std::string_view placeholder;
  std::vector<std::pair<std::string, std::string>> words;  // theirs, ours
};

// A parameter of theirs that their network never reads where ours has no counterpart.
struct NeverReadRule {
  std::string_view theirs;  // `{cell}` counts the cells
  std::int64_t elements = 0;
};

// The rules between a layout and effdet's names, for one network.
struct NameTable {
  std::vector<NameRule> rules;
  std::vector<Vocabulary> vocabularies;
  std::vector<NeverReadRule> never_read;
  std::string_view prefix;         // before all of their names; the rules are without it
  bool keeps_other_names = false;  // those no rule matches are the same in both
};

enum class Direction { to_theirs, to_ours };

// The name in the other language by the first rule that matches; nullopt where none does.
std::optional<std::string> rewritten(const NameTable& table, std::string_view name,
                                     Direction direction);

// The table for a network whose effdet names `ours` are. REQUIRES: a layout that covers it.
NameTable name_table(Layout layout, std::span<const ParamSpec> ours);

}  // namespace effgate
