#include "harness/checkpoint/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "harness/base/files.h"
#include "harness/checkpoint/findings.h"
#include "harness/checkpoint/safetensors_reader.h"
#include "harness/checkpoint/torch_legacy.h"
#include "harness/checkpoint/torch_zip.h"

namespace effgate {

struct Checkpoint::Content {
  std::filesystem::path path;
  MappedFile file;
  Findings findings;
  std::unordered_map<std::string_view, std::size_t> by_name;
};

namespace {

Status refuse_key(const OpenOptions& options) {
  if (options.key.empty()) return success();
  return Error{ErrorKind::not_found,
               fmt::format("it has no keys, so none is called {}", options.key)};
}

Status read(std::span<const std::byte> bytes, const OpenOptions& options, Findings& findings) {
  const FirstLook look = recognise(bytes);
  findings.container = look.container;
  switch (look.container) {
    case Container::safetensors: read_safetensors(bytes, findings); return refuse_key(options);
    case Container::legacy: return read_torch_legacy(bytes, options, findings);
    case Container::zip:
    case Container::torch_archive:
    case Container::torchscript: return read_torch_zip(bytes, options, findings);
    case Container::tensorflow:
      findings.writer = "TensorFlow";
      findings.report(FileProblem::not_a_checkpoint,
                      "It is the index of a TensorFlow checkpoint, which only TensorFlow reads.");
      return success();
    case Container::unknown: break;
  }
  if (look.bare_pickle) {
    read_bare_pickle(bytes, findings);
  } else {
    findings.report(FileProblem::not_a_checkpoint, fmt::format("It is {}.", look.foreign));
  }
  return success();
}

// What keeps the tensors from being used comes first, and what is dangerous before all.
void order_problems(std::vector<Problem>& problems) {
  const auto urgency = [](const Problem& problem) {
    const int kind = problem.code == FileProblem::unsafe         ? 0
                     : problem.code == FileProblem::whole_module ? 1
                                                                 : 2;
    return std::pair(problem.severity, kind);
  };
  std::ranges::stable_sort(problems, {}, urgency);
}

// A training checkpoint may hold a module beside the state dict that is read.
void soften_module_beside_state_dict(Findings& findings) {
  if (findings.tensors.empty()) return;
  for (Problem& problem : findings.problems) {
    if (problem.code == FileProblem::whole_module) problem.severity = ProblemSeverity::note;
  }
}

}  // namespace

Checkpoint::Checkpoint(std::unique_ptr<Content> content) : content_(std::move(content)) {}
Checkpoint::~Checkpoint() = default;
Checkpoint::Checkpoint(Checkpoint&&) noexcept = default;
Checkpoint& Checkpoint::operator=(Checkpoint&&) noexcept = default;

Result<Checkpoint> Checkpoint::inspect(const std::filesystem::path& path,
                                       const OpenOptions& options) {
  EFFGATE_ASSIGN(MappedFile file, MappedFile::open(path));
  auto content = std::make_unique<Content>(Content{path, std::move(file), {}, {}});
  Findings& findings = content->findings;
  if (Status status = read(content->file.bytes(), options, findings); !status.ok())
    return std::move(status).error().while_doing("reading " + path.string());
  soften_module_beside_state_dict(findings);
  order_problems(findings.problems);
  for (std::size_t i = 0; i < findings.tensors.size(); ++i)
    content->by_name.emplace(findings.tensors[i].name, i);
  return Checkpoint(std::move(content));
}

Result<Checkpoint> Checkpoint::open(const std::filesystem::path& path, const OpenOptions& options) {
  EFFGATE_ASSIGN(Checkpoint checkpoint, inspect(path, options));
  if (const Problem* problem = checkpoint.blocking_problem()) {
    return Error{error_kind(problem->code),
                 fmt::format("reading {}: {}", path.string(), problem->summary)};
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
const std::vector<Problem>& Checkpoint::problems() const { return content_->findings.problems; }

const Problem* Checkpoint::blocking_problem() const {
  const auto& all = problems();
  const auto at = std::ranges::find(all, ProblemSeverity::blocks, &Problem::severity);
  return at == all.end() ? nullptr : &*at;
}

}  // namespace effgate
