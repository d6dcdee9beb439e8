#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/library/home.h"
#include "harness/library/installation.h"
#include "harness/library/spec.h"
#include "harness/process/stop.h"

namespace effgate {

// One library of the catalogue. `reference` is always there.
struct InstalledLibrary {
  std::string name;            // torch-2.6.0
  std::string version;         // 2.6.0
  std::filesystem::path path;  // the folder of the library; for reference, the cell program
  std::string adapter;  // what effgate-cell takes: a path or builtin:reference; "" while not built
  std::string abi;      // std::string of the library: "cxx11", "pre-cxx11"; "none" for reference
  std::vector<std::string> devices;  // "cpu", and "cuda" where its CUDA part is unpacked
  std::string spec;                  // what it was installed from
  bool ok = false;
  std::string problem;  // why not ok, one sentence
};

// What adding and checking need from outside.
struct CatalogueTools {
  Installation installation;
  const StopRequest* stop = nullptr;
  // Told one short line at the start of each step that may take seconds.
  std::function<void(std::string_view)> progress = [](std::string_view) {};
};

// All libraries, reference first, then by name with versions in numeric order. Quick: files are
// looked at, not hashed, and nothing is loaded. A broken one is listed with ok false.
Result<std::vector<InstalledLibrary>> list_libraries(const Home& home,
                                                     const Installation& installation);

// The LibTorches among them, whatever they are called, the oldest first.
std::vector<InstalledLibrary> torch_libraries(std::vector<InstalledLibrary> libraries);

// The one of that name, ready for use. Kind not_found with the nearest names and the command that
// adds it; kind library where it is installed but broken. An adapter that is older than its
// sources or compiler is rebuilt first.
Result<InstalledLibrary> ready_library(const Home& home, std::string_view name,
                                       const CatalogueTools& tools);

struct AddOptions {
  bool cuda = false;  // also unpack the CUDA part and fetch its runtime
};

// Fetches, unpacks, builds the adapter, loads it in a child process, and only then installs. One
// that is there already is only checked for staleness. Nothing is left behind on failure.
Result<InstalledLibrary> add_library(const Home& home, const LibrarySpec& spec,
                                     const AddOptions& options, const CatalogueTools& tools);

Status remove_library(const Home& home, std::string_view name, const CatalogueTools& tools);

// Like the list, but hashes what was unpacked and loads every adapter in a child process.
Result<std::vector<InstalledLibrary>> check_libraries(const Home& home,
                                                      const CatalogueTools& tools);

// The document effgate.libs/1, with a newline at its end.
std::string libraries_json(std::span<const InstalledLibrary> libraries);

}  // namespace effgate
