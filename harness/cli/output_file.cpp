#include "harness/cli/output_file.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "harness/base/text.h"

namespace effgate {
namespace {

constexpr std::array kFormats = {Container::zip, Container::legacy, Container::safetensors,
                                 Container::torch_archive};

// By what lies there, or, where nothing does yet, by the path that leads there.
bool name_one_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code failure;
  if (std::filesystem::equivalent(a, b, failure)) return true;
  const auto resolved = [&](const std::filesystem::path& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path, failure), failure);
  };
  const std::filesystem::path where = resolved(a);
  return !where.empty() && where == resolved(b);
}

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

Status check_is_not_input(const std::filesystem::path& output, const std::filesystem::path& input,
                          std::string_view role) {
  if (output.empty() || !name_one_file(output, input)) return success();
  return Error{ErrorKind::usage,
               fmt::format("{} is {} itself; write to another file", output.string(), role)};
}

Status check_output_folder(const std::filesystem::path& output) {
  std::error_code ignored;
  if (std::filesystem::is_directory(output, ignored)) {
    return Error{ErrorKind::unsupported,
                 fmt::format("writing {}: it is a folder; name a file in it", output.string())};
  }
  const std::filesystem::path folder = output.parent_path();
  if (folder.empty() || std::filesystem::is_directory(folder, ignored)) return success();
  return Error{ErrorKind::unsupported,
               fmt::format("writing {}: there is no folder {}", output.string(), folder.string()),
               "mkdir -p " + shell_quoted(folder.string())};
}

}  // namespace effgate
