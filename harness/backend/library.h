#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "harness/backend/backend.h"
#include "harness/base/result.h"

namespace effgate {

// What a backend says of the library it really loaded.
struct LibraryIdentity {
  std::string library;
  std::string version;
  std::string header_version;
  std::string path;
  std::string build_config;
};

// The kind and sentence for a backend's code and text: "ACTIVITY: TEXT".
Error backend_error(std::string_view activity, effgate_code code, const char* text);

// A tensor library behind its table. Loaded once per process and never unloaded: tensor libraries
// do not survive it. Functions that an older backend does not know are null in table().
class Library {
 public:
  // Opens an adapter (RTLD_NOW | RTLD_LOCAL) and asks for its table; a missing symbol, another ABI
  // version or a library that does not load is an error that names the file and the reason.
  static Result<Library> open(const std::filesystem::path& adapter);
  // A table that is linked in: the reference or a testing backend.
  static Result<Library> from_table(const effgate_backend* table);

  const effgate_backend& table() const { return *table_; }
  Result<LibraryIdentity> identify() const;

 private:
  explicit Library(std::unique_ptr<const effgate_backend> table) : table_(std::move(table)) {}
  std::unique_ptr<const effgate_backend> table_;
};

// One configured use of a library; owns the backend's session. The library outlives it.
class Session {
 public:
  static Result<Session> open(const Library& library, const effgate_environment& environment);
  ~Session();
  Session(Session&& other) noexcept;
  Session& operator=(Session&& other) noexcept;

  const effgate_backend& table() const { return *table_; }
  effgate_session* get() const { return session_; }
  // "torch 2.6.0", as errors name it.
  const std::string& library_name() const { return library_name_; }

 private:
  Session(const effgate_backend* table, effgate_session* session, std::string library_name)
      : table_(table), session_(session), library_name_(std::move(library_name)) {}
  void close();

  const effgate_backend* table_;
  effgate_session* session_;
  std::string library_name_;
};

// Contiguous NCHW on the CPU, one thread, oneDNN on, TF32 off, nothing reduced, deterministic off.
effgate_environment default_environment();

}  // namespace effgate
