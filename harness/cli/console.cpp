#include "harness/cli/console.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "harness/base/text.h"

namespace effgate {

Console Console::standard() {
  const char* no_color = std::getenv("NO_COLOR");
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const bool wanted = no_color == nullptr || *no_color == '\0';
  return Console(std::cout, std::cerr, Style{false, terminal, terminal && wanted});
}

void Console::clear_progress() {
  if (progress_shown_) err_ << "\r\x1b[K";
  progress_shown_ = false;
}

void Console::print(const Error& error) {
  clear_progress();
  err_ << (style_.colour ? "\x1b[31meffgate:\x1b[0m " : "effgate: ")
       << printable_utf8(error.message) << '\n';
  if (!error.next.empty()) err_ << "next: " << printable_utf8(error.next) << '\n';
  err_.flush();
}

void Console::warn(std::string_view sentence) {
  clear_progress();
  err_ << (style_.colour ? "\x1b[33mwarning:\x1b[0m " : "warning: ") << printable_utf8(sentence)
       << '\n';
}

void Console::note(std::string_view line) {
  if (style_.quiet) return;
  clear_progress();
  err_ << printable_utf8(line) << '\n';
  err_.flush();
}

void Console::progress(std::string_view line) {
  if (style_.quiet || !style_.err_is_terminal) return;
  err_ << "\r\x1b[K" << printable_utf8(line);
  err_.flush();
  progress_shown_ = true;
}

bool Console::out_is_good() {
  out_.flush();
  return out_.good();
}

}  // namespace effgate
