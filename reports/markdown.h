#pragma once

#include <string>
#include <string_view>

namespace effgate {

// Text for a cell of a markdown table: on one line, and nothing in it is a mark or HTML.
std::string markdown_text(std::string_view raw);

}  // namespace effgate
