#pragma once

#include <array>
#include <span>
#include <string_view>

#include "harness/doctor/message/known_errors.h"

namespace effgate {

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
