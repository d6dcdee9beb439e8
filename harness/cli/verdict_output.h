#pragma once

#include <string_view>

#include "harness/cli/json_output.h"
#include "harness/verdict/verdict.h"

namespace effgate {

// A verdict as text for a terminal, as JSON (`effgate.gate/1`), or as markdown for a comment.
// `about` is what it compares: "torch-2.6.0 → torch-2.15.0".
void print_verdict_text(Console& console, const Verdict& verdict, std::string_view about);
void print_verdict_markdown(Console& console, const Verdict& verdict, std::string_view about);
Json verdict_json(const Verdict& verdict, std::string_view from, std::string_view to);

}  // namespace effgate
