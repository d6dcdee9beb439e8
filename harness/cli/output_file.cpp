#include "harness/cli/output_file.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "harness/base/text.h"

namespace effgate {
namespace {

constexpr std::array kFormats = {Container::zip, Container::legacy, Container::safetensors,
                                 Container::torch_archive};

}  // namespace

Result<Container> container_to_write(const std::string& typed, const std::string& output) {
  if (typed.empty())
    return output.ends_with(".safetensors") ? Container::safetensors : Container::zip;
  std::vector<std::string> names;
  for (const Container format : kFormats) {
    if (to_string(format) == typed) return format;
    names.emplace_back(to_string(format));
  }
  return Error{ErrorKind::usage,
               fmt::format("--format '{}': it is one of {}{}", typed, join(names, ", "),
                           did_you_mean(typed, names)),
               "effgate convert --help"};
}

Status check_is_not_input(const std::filesystem::path& output, const std::filesystem::path& input) {
  std::error_code ignored;
  if (!std::filesystem::equivalent(input, output, ignored)) return success();
  return Error{ErrorKind::usage,
               fmt::format("{} is the input itself; write to another file", output.string())};
}

Status check_output_folder(const std::filesystem::path& output) {
  const std::filesystem::path folder = output.parent_path();
  std::error_code ignored;
  if (folder.empty() || std::filesystem::is_directory(folder, ignored)) return success();
  return Error{ErrorKind::unsupported,
               fmt::format("writing {}: there is no folder {}", output.string(), folder.string()),
               "mkdir -p " + shell_quoted(folder.string())};
}

}  // namespace effgate
