#include "harness/backend/library.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace effgate {
namespace {

constexpr std::size_t kTextCapacity = 4096;

// A line for the backend to write to.
struct TextBuffer {
  std::array<char, kTextCapacity> bytes{};
  effgate_text get() { return {bytes.data(), bytes.size()}; }
  const char* text() const { return bytes.data(); }
};

struct CodeKind {
  effgate_code code;
  ErrorKind kind;
};

// An invalid call is a defect of the caller's: graphs and weights are compared before.
constexpr CodeKind kCodeKinds[] = {
    {EFFGATE_INVALID, ErrorKind::bug},
    {EFFGATE_UNSUPPORTED, ErrorKind::unsupported},
    {EFFGATE_OUT_OF_MEMORY, ErrorKind::out_of_memory},
    {EFFGATE_REFUSED, ErrorKind::refused},
    {EFFGATE_LIBRARY_ERROR, ErrorKind::library},
    {EFFGATE_DEVICE_LOST, ErrorKind::library},
};

ErrorKind kind_of(effgate_code code) {
  const auto* found = std::find_if(std::begin(kCodeKinds), std::end(kCodeKinds),
                                   [&](const CodeKind& entry) { return entry.code == code; });
  return found == std::end(kCodeKinds) ? ErrorKind::library : found->kind;
}

// Messages of libraries run over many lines; the first says what, the rest is a stack.
std::string first_line(const char* text) {
  const std::string_view whole(text);
  return std::string(whole.substr(0, whole.find('\n')));
}

std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

// What every backend has, or it cannot be used at all.
bool has_essentials(const effgate_backend& table) {
  return table.identify != nullptr && table.session_open != nullptr &&
         table.session_close != nullptr && table.from_data != nullptr &&
         table.copy_out != nullptr && table.tensor_free != nullptr;
}

// The newest version this program speaks; an adapter gives null where it does not.
constexpr std::uint32_t kAbiVersion = EFFGATE_BACKEND_ABI_VERSION;

// Deep: a library's own symbols come before the program's. libbenchmark, which a cell is linked
// with, exports parts of std::regex that a LibTorch with the old string ABI must not be given.
// Sanitizers need their own symbols to come first.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kBinding = RTLD_NOW | RTLD_LOCAL;
#else
constexpr int kBinding = RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND;
#endif

}  // namespace

Error backend_error(std::string_view activity, effgate_code code, const char* text) {
  std::string why = first_line(text);
  if (why.empty()) why = "code " + std::to_string(code) + " without a message";
  return Error{kind_of(code), std::string(activity) + ": " + why};
}

Result<Library> Library::open(const std::filesystem::path& adapter) {
  const std::string activity = "loading " + adapter.string();
  // Never closed: tensor libraries keep threads and thread-local state that outlive a dlclose.
  void* handle = dlopen(adapter.c_str(), kBinding);
  if (handle == nullptr) return Error{ErrorKind::not_found, activity + ": " + dlerror()};
  const auto entry = reinterpret_cast<effgate_backend_entry>(dlsym(handle, EFFGATE_BACKEND_ENTRY));
  if (entry == nullptr) {
    return Error{ErrorKind::malformed, activity + ": it has no symbol " + EFFGATE_BACKEND_ENTRY};
  }
  const effgate_backend* table = entry(kAbiVersion);
  if (table == nullptr) {
    return Error{ErrorKind::unsupported,
                 activity + ": it does not know ABI version " + std::to_string(kAbiVersion)};
  }
  auto library = from_table(table);
  if (!library) return std::move(library).error().while_doing(activity);
  return library;
}

Result<Library> Library::from_table(const effgate_backend* table) {
  if (table->abi_version != kAbiVersion) {
    return Error{ErrorKind::unsupported, "its ABI version is " +
                                             std::to_string(table->abi_version) + ", not " +
                                             std::to_string(kAbiVersion)};
  }
  auto known = std::make_unique<effgate_backend>();
  std::memcpy(known.get(), table, std::min(table->struct_size, sizeof(effgate_backend)));
  known->struct_size = sizeof(effgate_backend);
  if (!has_essentials(*known)) {
    return Error{ErrorKind::malformed, "its table lacks functions that every backend has"};
  }
  return Library(std::move(known));
}

Result<LibraryIdentity> Library::identify() const {
  effgate_identity identity{};
  identity.struct_size = sizeof identity;
  TextBuffer text;
  const effgate_code code = table_->identify(&identity, text.get());
  if (code != EFFGATE_OK) return backend_error("asking a library what it is", code, text.text());
  return LibraryIdentity{text_or_empty(identity.library), text_or_empty(identity.version),
                         text_or_empty(identity.header_version), text_or_empty(identity.path),
                         text_or_empty(identity.build_config)};
}

Result<Session> Session::open(const Library& library, const effgate_environment& environment) {
  EFFGATE_ASSIGN(const LibraryIdentity identity, library.identify());
  const std::string name = identity.library + " " + identity.version;
  TextBuffer text;
  effgate_session* session = nullptr;
  const effgate_code code = library.table().session_open(&environment, &session, text.get());
  if (code != EFFGATE_OK) return backend_error("opening a session of " + name, code, text.text());
  return Session(&library.table(), session, name);
}

Session::~Session() { close(); }

Session::Session(Session&& other) noexcept
    : table_(other.table_),
      session_(std::exchange(other.session_, nullptr)),
      library_name_(std::move(other.library_name_)) {}

Session& Session::operator=(Session&& other) noexcept {
  if (this == &other) return *this;
  close();
  table_ = other.table_;
  session_ = std::exchange(other.session_, nullptr);
  library_name_ = std::move(other.library_name_);
  return *this;
}

void Session::close() {
  if (session_ != nullptr) table_->session_close(session_);
  session_ = nullptr;
}

effgate_environment default_environment() {
  effgate_environment environment{};
  environment.struct_size = sizeof environment;
  environment.device = EFFGATE_CPU;
  environment.intra_op_threads = 1;
  environment.inter_op_threads = 1;
  environment.onednn = 1;
  return environment;
}

}  // namespace effgate
