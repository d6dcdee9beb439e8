#include "harness/process/command.h"

#include "harness/base/text.h"

namespace effgate {

std::string shell_line(const Command& command) {
  std::vector<std::string> words;
  words.reserve(command.environment.size() + command.argv.size());
  for (const auto& [name, value] : command.environment) {
    words.push_back(name + "=" + shell_quoted(value));
  }
  for (const std::string& word : command.argv) words.push_back(shell_quoted(word));
  return join(words, " ");
}

}  // namespace effgate
