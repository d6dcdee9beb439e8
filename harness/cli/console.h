#pragma once

#include <iosfwd>
#include <string_view>

#include "harness/base/result.h"

namespace effgate {

// Where the program writes. Results go to `out` and nothing else does; errors and progress go to
// `err`. Only this class and main know the standard streams.
class Console {
 public:
  struct Style {
    bool quiet = false;  // no progress
    bool err_is_terminal = false;
    bool colour = false;  // on `err`, and on `out` where that is a terminal
  };

  Console(std::ostream& out, std::ostream& err, Style style)
      : out_(out), err_(err), style_(style) {}

  // The process's own streams; colour where they are terminals and NO_COLOR is not set.
  static Console standard();

  std::ostream& out() { return out_; }
  void set_quiet(bool quiet) { style_.quiet = quiet; }
  const Style& style() const { return style_; }

  // `effgate: WHAT: WHY` and, where there is one, `next: COMMAND`.
  void print(const Error& error);
  void warn(std::string_view sentence);
  // A line of its own that stays.
  void note(std::string_view line);
  // The state of a long run: rewritten in place on a terminal, left out elsewhere.
  void progress(std::string_view line);
  // False after a write to `out` has failed (a full disk, a closed pipe).
  bool out_is_good();

 private:
  void clear_progress();

  std::ostream& out_;
  std::ostream& err_;
  Style style_;
  bool progress_shown_ = false;
};

}  // namespace effgate
