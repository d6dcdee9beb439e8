#include "harness/library/testing/fake_torch.h"

#include <gtest/gtest.h>

#include "harness/process/run.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;

void run(std::vector<std::string> argv, const fs::path& folder) {
  Command command;
  command.argv = std::move(argv);
  command.working_directory = folder;
  const auto finished = run_process_for(command, std::chrono::seconds(60));
  ASSERT_TRUE(finished.ok()) << finished.error().message;
  ASSERT_TRUE(succeeded(finished->outcome)) << finished->error;
}

}  // namespace

FakeTorch::FakeTorch() : directory_(TemporaryDirectory::create()), home_(folder() / "home") {
  fs::create_directories(folder() / "wheel");
  fs::create_directories(folder() / "share/harness/backend/torch");
  EXPECT_TRUE(write_file_atomically(folder() / "share/harness/backend/backend.h", "").ok());
  EXPECT_TRUE(write_file_atomically(folder() / "share/harness/backend/torch/sources.txt",
                                    "# what is compiled\nadapter.cpp -DFLAG=1\nextra.cpp cuda\n")
                  .ok());
  write_adapter("static_assert(FLAG == 1);\n#include <torch/headeronly/version.h>\n");
  write_cell(kSoundIdentity);
}

CatalogueTools FakeTorch::tools() const {
  CatalogueTools tools;
  tools.installation.share = folder() / "share";
  tools.installation.cell = folder() / "cell";
  tools.progress = [told = told_](std::string_view line) { *told += std::string(line) + "\n"; };
  return tools;
}

void FakeTorch::write(const fs::path& name, std::string_view content) const {
  const fs::path path = folder() / "wheel" / name;
  fs::create_directories(path.parent_path());
  EXPECT_TRUE(write_file_atomically(path, content).ok());
}

void FakeTorch::write_release() const {
  write("torch/include/torch/headeronly/version.h",
        "#define TORCH_VERSION_MAJOR 9\n#define TORCH_VERSION_MINOR 8\n"
        "#define TORCH_VERSION_PATCH 7\n");
  write("torch-9.8.7.dist-info/METADATA",
        "Metadata-Version: 2.1\nName: torch\nVersion: 9.8.7\nRequires-Dist: filelock\n");
  write("torch/bin/tool", "not wanted");
  const fs::path lib = folder() / "wheel/torch/lib";
  fs::create_directories(lib);
  for (const char* built : {FAKE_TORCH_CPU, FAKE_C10, FAKE_GOMP}) {
    fs::copy_file(built, lib / fs::path(built).filename());
  }
  fs::copy_file(FAKE_GOMP, lib / "libtorch_python.so");
  write("torch/lib/notes.txt", "not wanted either");
}

fs::path FakeTorch::zip(const std::string& name) const {
  std::vector<std::string> argv = {"python3", "-m", "zipfile", "-c", (folder() / name).string()};
  for (const fs::directory_entry& entry : fs::directory_iterator(folder() / "wheel")) {
    argv.push_back(entry.path().filename().string());
  }
  run(std::move(argv), folder() / "wheel");
  return folder() / name;
}

void FakeTorch::write_adapter(std::string_view text) const {
  EXPECT_TRUE(
      write_file_atomically(folder() / "share/harness/backend/torch/adapter.cpp", text).ok());
}

void FakeTorch::write_cuda_part(std::string_view text) const {
  EXPECT_TRUE(write_file_atomically(folder() / "share/harness/backend/torch/extra.cpp", text).ok());
}

void FakeTorch::write_cell(std::string_view identity) const {
  const std::string script =
      "#!/bin/sh\n"
      "test \"$1\" = --identify && test -s \"$2\" || exit 1\n"
      "root=$(cd \"$(dirname \"$2\")/../..\" && pwd)\n"
      "sed \"s,@ROOT@,$root,g\" <<'END'\n" +
      std::string(identity) + "\nEND\n";
  EXPECT_TRUE(write_file_atomically(folder() / "cell", script).ok());
  fs::permissions(folder() / "cell", fs::perms(0755));
}

}  // namespace effgate
