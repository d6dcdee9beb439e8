#pragma once

#include <string>
#include <string_view>

namespace effgate {

// A pasted message without what terminals, logs, mail and issue trackers put around it: byte order
// marks, UTF-16, colours, carriage returns, HTML entities, typographic quotes, escapes of a repr
// ("\n" as two characters), and what stands before each line (quote marks, timestamps, ranks).
std::string plain_message(std::string_view text);

// Every run of white space as one space, so that lines wrapped by a terminal read on.
std::string one_line(std::string_view text);

}  // namespace effgate
