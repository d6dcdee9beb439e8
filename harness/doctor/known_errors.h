#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "harness/doctor/cause.h"

namespace effgate {

// What an error of Python or LibTorch says by its words alone.
struct KnownError {
  std::optional<CauseCode> code;     // unset where no cause of a checkpoint's is behind it
  std::optional<CauseCode> further;  // a second cause of the same error
  std::string_view summary;          // one sentence
  FixKind fix = FixKind::none;
  std::string_view command = {};  // a shell line, or ""
};

// Words that stand in a message in this order and near each other; empty ones count for nothing.
struct KnownPhrase {
  std::array<std::string_view, 3> words;
  const KnownError* error;
  bool opens = false;  // the message begins with them
};
std::span<const KnownPhrase> known_phrases();

// The first of them that `text` (plain, on one line) has; nullptr where it has none.
const KnownPhrase* find_known_phrase(std::string_view text);

}  // namespace effgate
