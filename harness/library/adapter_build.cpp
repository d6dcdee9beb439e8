#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/library/adapter.h"
#include "harness/process/run.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kParallel = 2;  // a file takes up to 1 GB

struct Compilation {
  std::string file;
  Child child;
};

// The first line that tells an error; a compiler's last lines only count them.
std::string first_complaint(std::string_view output) {
  const auto lines = split(trim(output), '\n');
  const auto found = std::find_if(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find("error") != std::string::npos || line.find("undefined") != std::string::npos;
  });
  return found != lines.end() ? *found : lines.back();
}

Status check(std::string_view what, const Finished& finished) {
  if (succeeded(finished.outcome)) return success();
  const bool stopped = std::holds_alternative<Killed>(finished.outcome);
  return Error{stopped ? ErrorKind::timed_out : ErrorKind::library,
               fmt::format("{}: the compiler {}: {}", what, to_string(finished.outcome),
                           first_complaint(finished.output))};
}

Command quiet(std::vector<std::string> argv) {
  Command command;
  command.argv = std::move(argv);
  command.output = PipeStream{256 * 1024};
  command.error = SameAsOutput{};
  return command;
}

// Waits until one compilation has ended and takes it out of the list.
Status settle_one(std::vector<Compilation>& running, const StopRequest* stop) {
  for (;;) {
    std::vector<Child*> children;
    children.reserve(running.size());
    for (Compilation& compilation : running) children.push_back(&compilation.child);
    EFFGATE_ASSIGN(const Wake wake, wait_for_any(children, std::nullopt, stop));
    if (wake == Wake::stopped) return Error{ErrorKind::timed_out, "compiling: stopped"};
    for (auto it = running.begin(); it != running.end(); ++it) {
      if (!it->child.finished()) continue;
      Status outcome = check("compiling " + it->file, *it->child.finished());
      running.erase(it);
      return outcome;
    }
  }
}

fs::path object_of(const AdapterSource& source, const fs::path& folder) {
  return folder / (source.file + ".o");
}

Status compile_all(const AdapterPlan& plan, const fs::path& folder, const StopRequest* stop) {
  std::vector<Compilation> running;
  for (const AdapterSource& source : plan.sources) {
    if (running.size() == kParallel) EFFGATE_TRY(settle_one(running, stop));
    EFFGATE_ASSIGN(Child child,
                   Child::start(quiet(compile_command(plan, source, object_of(source, folder)))));
    running.push_back({source.file, std::move(child)});
  }
  while (!running.empty()) EFFGATE_TRY(settle_one(running, stop));
  return success();
}

// Objects of one part, CPU or CUDA, into one shared object.
Status link(const AdapterPlan& plan, bool cuda, const fs::path& objects, const fs::path& target,
            const StopRequest* stop) {
  std::vector<std::string> argv = {plan.compiler.back(), "-shared", "-o", target.string()};
  for (const AdapterSource& source : plan.sources) {
    if (source.cuda == cuda) argv.push_back(object_of(source, objects).string());
  }
  // The CUDA part finds libtorch_cuda in the process: it is only loaded where that is.
  for (const char* name : {"libtorch_cpu.so", "libc10.so"})
    argv.push_back((plan.tree.library / name).string());
  argv.insert(argv.end(),
              {"-Wl,--disable-new-dtags,-rpath," + plan.run_path, "-Wl,--allow-shlib-undefined"});
  EFFGATE_ASSIGN(const Finished finished,
                 run_process_for(quiet(argv), std::chrono::minutes(10), stop));
  return check("linking " + target.filename().string(), finished);
}

bool has_cuda_part(const AdapterPlan& plan) {
  return std::any_of(plan.sources.begin(), plan.sources.end(),
                     [](const AdapterSource& source) { return source.cuda; });
}

}  // namespace

std::vector<std::string> adapter_flags(const AdapterPlan& plan) {
  return {"-std=c++20",
          "-O2",
          "-fPIC",
          "-fvisibility=hidden",
          "-fvisibility-inlines-hidden",
          "-w",
          fmt::format("-D_GLIBCXX_USE_CXX11_ABI={}", plan.tree.cxx11_abi ? 1 : 0),
          "-DAT_PER_OPERATOR_HEADERS"};
}

std::vector<std::string> compile_command(const AdapterPlan& plan, const AdapterSource& source,
                                         const fs::path& object) {
  std::vector<std::string> argv = plan.compiler;
  const std::vector<std::string> flags = adapter_flags(plan);
  argv.insert(argv.end(), flags.begin(), flags.end());
  argv.insert(argv.end(), source.flags.begin(), source.flags.end());
  for (const fs::path& folder : plan.tree.include) {
    argv.insert(argv.end(), {"-isystem", folder.string()});
  }
  // Assertions of the library's headers name their file: the same one wherever it was built.
  if (!plan.tree.include.empty())
    argv.push_back(fmt::format("-fmacro-prefix-map={}=include", plan.tree.include[0].string()));
  if (source.cuda) {
    for (const fs::path& folder : plan.cuda_include) {
      argv.insert(argv.end(), {"-isystem", folder.string()});
    }
  }
  argv.insert(argv.end(), {"-I", plan.share.string(), "-c",
                           (plan.share / "harness/backend/torch" / source.file).string(), "-o",
                           object.string()});
  return argv;
}

Status build_adapter(const AdapterPlan& plan, const fs::path& folder, const CatalogueTools& tools) {
  if (plan.compiler_version.empty()) {
    return Error{
        ErrorKind::not_found,
        fmt::format("building the adapter: the compiler {} cannot be run", plan.compiler.back()),
        "apt-get install g++"};
  }
  EFFGATE_ASSIGN(const TemporaryDirectory objects, TemporaryDirectory::create(folder));
  EFFGATE_TRY(compile_all(plan, objects.path(), tools.stop));
  EFFGATE_TRY(link(plan, false, objects.path(), folder / plan.file_name(), tools.stop));
  if (has_cuda_part(plan)) {
    EFFGATE_TRY(link(plan, true, objects.path(), folder / plan.cuda_file_name(), tools.stop));
  }
  return success();
}

}  // namespace effgate
