#include "harness/cli/commands/libs_command.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <csignal>

#include "harness/base/text.h"
#include "harness/library/catalogue.h"

namespace effgate {
namespace {

void print_table(Console& console, const std::vector<InstalledLibrary>& libraries) {
  fmt::print(console.out(), "{:<18} {:<10} {:<10} {:<9} {}\n", "name", "version", "devices",
             "state", "path");
  for (const InstalledLibrary& library : libraries) {
    fmt::print(console.out(), "{:<18} {:<10} {:<10} {:<9} {}\n", library.name, library.version,
               join(library.devices, ","), library.ok ? "ok" : "broken", library.path.string());
  }
}

class LibsCommand final : public Subcommand {
 public:
  std::string_view name() const override { return "libs"; }
  std::string_view help() const override { return "List, add, remove and check libraries"; }

  void declare(CLI::App& app) override {
    app.require_subcommand(0, 1);
    app.add_flag("--json", json_, "One JSON document");
    app.fallthrough();
    app.add_subcommand("list", "What is installed (the default)");
    add_ = app.add_subcommand("add", "Fetch, unpack, build the adapter, verify");
    add_->add_option("SPEC", specs_,
                     "torch==2.6.0, wheel:FILE, prefix:PATH or system; NAME=SPEC gives it a name")
        ->required();
    add_->add_flag("--cuda", options_.cuda, "Also unpack CUDA and fetch its runtime (2-4 GB)");
    remove_ = app.add_subcommand("remove", "Delete a library from this machine");
    remove_->add_option("NAME", removed_, "As listed")->required();
    check_ = app.add_subcommand("check", "Hash what was unpacked and load every adapter");
  }

  Result<ExitCode> run(const Context& context) override {
    Console& console = context.console;
    EFFGATE_ASSIGN(const Home home, Home::find());
    EFFGATE_ASSIGN(const StopRequest stop, StopRequest::on_signals({SIGINT, SIGTERM}));
    const CatalogueTools tools{context.places.installation, &stop,
                               [&](std::string_view step) { console.note(step); }};
    if (add_->parsed()) return add_all(console, home, tools);
    if (remove_->parsed()) {
      EFFGATE_TRY(remove_library(home, removed_, tools));
      return ExitCode::done;
    }
    EFFGATE_ASSIGN(const std::vector<InstalledLibrary> libraries,
                   check_->parsed() ? check_libraries(home, tools)
                                    : list_libraries(home, context.places.installation));
    return show(console, libraries);
  }

 private:
  // One that fails does not keep the others from being added.
  Result<ExitCode> add_all(Console& console, const Home& home, const CatalogueTools& tools) const {
    std::vector<LibrarySpec> specs;
    for (const std::string& text : specs_) {
      EFFGATE_ASSIGN(LibrarySpec spec, parse_library_spec(text));
      specs.push_back(std::move(spec));
    }
    std::vector<InstalledLibrary> added;
    ExitCode code = ExitCode::done;
    for (const LibrarySpec& spec : specs) {
      Result<InstalledLibrary> library = add_library(home, spec, options_, tools);
      if (library.ok()) {
        added.push_back(*std::move(library));
      } else if (library.error().kind == ErrorKind::timed_out && tools.stop->requested()) {
        return ExitCode::interrupted;
      } else {
        console.print(library.error());
        code = ExitCode::not_measured;
      }
    }
    if (json_ || !added.empty()) EFFGATE_TRY(show(console, added));
    return code;
  }

  Result<ExitCode> show(Console& console, const std::vector<InstalledLibrary>& libraries) const {
    json_ ? void(console.out() << libraries_json(libraries)) : print_table(console, libraries);
    bool all_ok = true;
    for (const InstalledLibrary& library : libraries) {
      all_ok = all_ok && library.ok;
      if (!library.ok) console.warn(library.name + ": " + library.problem);
    }
    return all_ok || !check_->parsed() ? ExitCode::done : ExitCode::not_measured;
  }

  bool json_ = false;
  CLI::App* add_ = nullptr;
  CLI::App* remove_ = nullptr;
  CLI::App* check_ = nullptr;
  std::vector<std::string> specs_;
  std::string removed_;
  AddOptions options_;
};

}  // namespace

std::unique_ptr<Subcommand> libs_command() { return std::make_unique<LibsCommand>(); }

}  // namespace effgate
