#include "harness/checkpoint/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/checkpoint/findings.h"
#include "harness/checkpoint/reader.h"

namespace effgate {

struct Checkpoint::Content {
  std::filesystem::path path;
  MappedFile file;
  Findings findings;
  std::unordered_map<std::string_view, std::size_t> by_name;
};

Checkpoint::Checkpoint(std::unique_ptr<Content> content) : content_(std::move(content)) {}
Checkpoint::~Checkpoint() = default;
Checkpoint::Checkpoint(Checkpoint&&) noexcept = default;
Checkpoint& Checkpoint::operator=(Checkpoint&&) noexcept = default;

Result<Checkpoint> Checkpoint::inspect(const std::filesystem::path& path,
                                       const OpenOptions& options) {
  EFFGATE_ASSIGN(MappedFile file, MappedFile::open(path));
  auto findings = read_checkpoint(file.bytes(), options);
  if (!findings.ok()) return std::move(findings).error().while_doing("reading " + path.string());
  auto content =
      std::make_unique<Content>(Content{path, std::move(file), *std::move(findings), {}});
  const auto& tensors = content->findings.tensors;
  content->by_name.reserve(tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) content->by_name.emplace(tensors[i].name, i);
  return Checkpoint(std::move(content));
}

Result<Checkpoint> Checkpoint::open(const std::filesystem::path& path, const OpenOptions& options) {
  EFFGATE_ASSIGN(Checkpoint checkpoint, inspect(path, options));
  if (const Problem* problem = checkpoint.blocking_problem()) {
    return Error{error_kind(problem->code),
                 fmt::format("reading {}: {}", path.string(), problem->summary),
                 "effgate explain --checkpoint " + shell_quoted(path.string())};
  }
  return checkpoint;
}

const std::filesystem::path& Checkpoint::path() const { return content_->path; }
std::uint64_t Checkpoint::file_bytes() const { return content_->file.bytes().size(); }
Container Checkpoint::container() const { return content_->findings.container; }
const std::string& Checkpoint::writer() const { return content_->findings.writer; }
const std::vector<TensorEntry>& Checkpoint::tensors() const { return content_->findings.tensors; }

const TensorEntry* Checkpoint::find(std::string_view name) const {
  const auto at = content_->by_name.find(name);
  return at == content_->by_name.end() ? nullptr : &content_->findings.tensors[at->second];
}

const std::vector<std::string>& Checkpoint::other_entries() const {
  return content_->findings.other_entries;
}
const std::vector<std::string>& Checkpoint::wrappers() const { return content_->findings.wrappers; }
const std::vector<std::pair<std::string, std::string>>& Checkpoint::outer_entries() const {
  return content_->findings.outer_entries;
}
const std::vector<StateDictPlace>& Checkpoint::state_dicts() const {
  return content_->findings.state_dicts;
}
const std::vector<std::pair<std::string, std::int64_t>>& Checkpoint::module_versions() const {
  return content_->findings.module_versions;
}
const std::vector<std::pair<std::string, std::string>>& Checkpoint::metadata() const {
  return content_->findings.metadata;
}
const std::vector<std::string>& Checkpoint::inert_globals() const {
  return content_->findings.inert_globals;
}
const PickleFacts& Checkpoint::pickle_facts() const { return content_->findings.pickle; }
const std::vector<Problem>& Checkpoint::problems() const { return content_->findings.problems; }

const Problem* Checkpoint::blocking_problem() const {
  const auto& all = problems();
  const auto at = std::ranges::find(all, ProblemSeverity::blocks, &Problem::severity);
  return at == all.end() ? nullptr : &*at;
}

}  // namespace effgate
