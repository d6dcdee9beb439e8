#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "harness/base/files.h"
#include "harness/library/catalogue.h"

namespace effgate {

// A release of torch 9.8.7 of a few kilobytes, built by CMake and packed by Python's zipfile, with
// adapter sources and an effgate-cell to match, all in a folder of its own.
class FakeTorch {
 public:
  FakeTorch();

  const std::filesystem::path& folder() const { return directory_->path(); }
  const Home& home() const { return home_; }
  CatalogueTools tools() const;
  // The lines that tools().progress was told.
  std::string told() const { return *told_; }
  void forget() { told_->clear(); }

  // Writes a file of the wheel to be.
  void write(const std::filesystem::path& name, std::string_view content) const;
  // Headers, libraries and METADATA of the release.
  void write_release() const;
  // Packs what was written.
  std::filesystem::path zip(const std::string& name) const;

  // The source of the adapter.
  void write_adapter(std::string_view text) const;
  // The source that is compiled where CUDA is.
  void write_cuda_part(std::string_view text) const;
  // What effgate-cell prints; @ROOT@ stands for the folder two above the adapter's.
  void write_cell(std::string_view identity) const;

 private:
  Result<TemporaryDirectory> directory_;
  Home home_;
  std::shared_ptr<std::string> told_ = std::make_shared<std::string>();
};

// The identity of the fake release when all of it is loaded from its own folder.
inline constexpr std::string_view kSoundIdentity =
    R"({"version": "9.8.7", "header_version": "9.8.7", )"
    R"("loaded_paths": ["@ROOT@/torch/lib/libtorch_cpu.so", "@ROOT@/torch/lib/libc10.so"]})";

}  // namespace effgate
