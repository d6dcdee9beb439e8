#include "reports/markdown.h"

#include "harness/base/text.h"

namespace effgate {

std::string markdown_text(std::string_view raw) {
  std::string escaped;
  for (const char c : printable_utf8(raw)) {
    if (std::string_view("|<>`*_\\").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  return escaped;
}

}  // namespace effgate
