#include "harness/doctor/python_error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/base/text.h"

namespace effgate {
namespace {

std::string quoted_list(const std::vector<std::string>& keys) {
  std::vector<std::string> quoted;
  for (const std::string& key : keys) quoted.push_back('"' + key + '"');
  return join(quoted, ", ");
}

std::string size_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("torch.Size([{}])", fmt::join(shape, ", "));
}

}  // namespace

std::string python_archive_error() {
  return "Expected state_dict to be dict-like, got <class "
         "'torch.jit._script.RecursiveScriptModule'>.";
}

std::string python_load_error(const Comparison& comparison, std::string_view module) {
  std::vector<std::string> lines;
  if (!comparison.missing.empty())
    lines.push_back("Missing key(s) in state_dict: " + quoted_list(comparison.missing) + ". ");
  if (!comparison.unexpected.empty())
    lines.push_back("Unexpected key(s) in state_dict: " + quoted_list(comparison.unexpected) +
                    ". ");
  for (const ShapeMismatch& mismatch : comparison.mismatched) {
    lines.push_back(
        fmt::format("size mismatch for {}: copying a param with shape {} from "
                    "checkpoint, the shape in current model is {}.",
                    mismatch.key, size_text(mismatch.file), size_text(mismatch.model)));
  }
  for (const std::string& key : comparison.not_tensors) {
    lines.push_back(
        fmt::format("While copying the parameter named \"{}\", expected torch.Tensor or "
                    "Tensor-like object from checkpoint but received <class '...'>",
                    key));
  }
  if (lines.empty()) return "";
  return fmt::format("Error(s) in loading state_dict for {}:\n\t{}", module, join(lines, "\n\t"));
}

}  // namespace effgate
