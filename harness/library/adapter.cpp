#include "harness/library/adapter.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/base/text.h"
#include "harness/process/run.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSourceFolder = "harness/backend/torch";
constexpr std::string_view kSourceKeyFile = "sources.sha256";

// Contents of all that the compiler may read of ours, with names, in order.
Result<std::string> hash_of_sources(const fs::path& share) {
  std::vector<fs::path> files = {share / "harness/backend/backend.h"};
  std::error_code failure;
  for (const fs::directory_entry& entry : fs::directory_iterator(share / kSourceFolder, failure)) {
    const fs::path extension = entry.path().extension();
    if (extension == ".cpp" || extension == ".h" || entry.path().filename() == "sources.txt") {
      files.push_back(entry.path());
    }
  }
  if (failure) return system_error("reading", share / kSourceFolder, failure.value());
  std::sort(files.begin(), files.end());
  Sha256 hash;
  for (const fs::path& file : files) {
    EFFGATE_ASSIGN(const std::string text, read_text_file(file));
    hash.update(fmt::format("{} {}\n", file.filename().string(), text.size()));
    hash.update(text);
  }
  return hex_text(hash.finish());
}

std::string first_line(std::string_view text) {
  return std::string(trim(text.substr(0, text.find('\n'))));
}

// "" where it cannot be run.
std::string version_of(const std::string& compiler) {
  Command command;
  command.argv = {compiler, "--version"};
  const auto finished = run_process_for(command, std::chrono::seconds(30));
  return finished.ok() && succeeded(finished->outcome) ? first_line(finished->output) : "";
}

bool is_in_path(const std::string& program) {
  const char* search = std::getenv("PATH");
  const auto folders = split(search != nullptr ? search : "", ':');
  return std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
    return ::access((fs::path(folder) / program).c_str(), X_OK) == 0;
  });
}

std::vector<std::string> compiler_words() {
  const char* configured = std::getenv("CXX");
  std::vector<std::string> words;
  if (is_in_path("ccache")) words.emplace_back("ccache");
  words.emplace_back(configured != nullptr && *configured != 0 ? configured : "g++");
  return words;
}

// Of the library's own wheels first: they fit it. Empty where there are no headers or no
// libtorch_cuda to use them with.
std::vector<fs::path> find_cuda_headers(const TorchTree& tree) {
  if (!tree.cuda) return {};
  std::vector<fs::path> candidates = tree.include;
  candidates.emplace_back("/usr/local/cuda/include");
  std::error_code ignored;
  for (const fs::path& candidate : candidates) {
    if (fs::exists(candidate / "cuda_runtime.h", ignored)) return {candidate};
  }
  return {};
}

std::string hash_of_plan(const AdapterPlan& plan, const InstallRecord& record) {
  Sha256 hash;
  hash.update(plan.source_key + "\n" + plan.compiler_version + "\n" + plan.run_path + "\n");
  for (const std::string& flag : adapter_flags(plan)) hash.update(flag + "\n");
  for (const RecordedFile& file : record.files) hash.update(file.sha256 + "\n");
  return hex_text(hash.finish()).substr(0, 16);
}

}  // namespace

std::string AdapterPlan::file_name() const {
  return fmt::format("libeffgate-torch-{}.so", version);
}

std::string AdapterPlan::cuda_file_name() const {
  return fmt::format("libeffgate-torch-{}-cuda.so", version);
}

Result<std::vector<AdapterSource>> parse_adapter_sources(std::string_view text) {
  std::vector<AdapterSource> sources;
  for (const std::string& line : split(text, '\n')) {
    AdapterSource source;
    for (const std::string& word : split(line.substr(0, line.find('#')), ' ')) {
      if (trim(word).empty()) continue;
      if (source.file.empty()) {
        source.file = trim(word);
      } else if (trim(word) == "cuda") {
        source.cuda = true;
      } else {
        source.flags.emplace_back(trim(word));
      }
    }
    if (source.file.empty()) continue;
    if (!source.file.ends_with(".cpp") || source.file.find('/') != std::string::npos) {
      return Error{ErrorKind::malformed, fmt::format("'{}' is no C++ file beside it", source.file)};
    }
    sources.push_back(std::move(source));
  }
  return sources;
}

Result<AdapterPlan> plan_adapter(const InstallRecord& record, const TorchTree& tree,
                                 const CatalogueTools& tools) {
  AdapterPlan plan;
  plan.share = tools.installation.share;
  plan.tree = tree;
  plan.version = release_of(tree.header_version);
  // An adapter lies in NAME/adapter/KEY; a folder of libraries may be moved, or be mounted
  // elsewhere on another host.
  plan.run_path = record.kind == "unpacked" ? "$ORIGIN/../../torch/lib" : tree.library.string();
  const fs::path list = plan.share / kSourceFolder / "sources.txt";
  EFFGATE_ASSIGN(const std::string text, read_text_file(list));
  auto sources = parse_adapter_sources(text);
  if (!sources.ok()) return std::move(sources).error().while_doing("reading " + list.string());
  plan.cuda_include = find_cuda_headers(tree);
  for (AdapterSource& source : *sources) {
    if (!source.cuda || !plan.cuda_include.empty()) plan.sources.push_back(std::move(source));
  }
  plan.compiler = compiler_words();
  plan.compiler_version = version_of(plan.compiler.back());
  EFFGATE_ASSIGN(plan.source_key, hash_of_sources(plan.share));
  plan.key = hash_of_plan(plan, record);
  return plan;
}

fs::path adapter_folder(const AdapterPlan& plan, const fs::path& library) {
  return library / "adapter" / plan.key;
}

fs::path find_adapter(const AdapterPlan& plan, const fs::path& library) {
  std::error_code ignored;
  const fs::path fitting = adapter_folder(plan, library) / plan.file_name();
  if (fs::exists(fitting, ignored)) return fitting;
  if (!plan.compiler_version.empty()) return {};
  for (const fs::directory_entry& entry : fs::directory_iterator(library / "adapter", ignored)) {
    const auto source_key = read_text_file(entry.path() / kSourceKeyFile);
    if (source_key.ok() && trim(*source_key) == plan.source_key) {
      return entry.path() / plan.file_name();
    }
  }
  return {};
}

}  // namespace effgate
