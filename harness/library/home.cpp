#include "harness/library/home.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>

#include <cerrno>
#include <cstdlib>

namespace effgate {
namespace {

namespace fs = std::filesystem;

fs::path from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? fs::path(value) : fs::path();
}

// Sleeps a little; false when a stop was requested.
bool pause_unless_stopped(const StopRequest* stop) {
  pollfd entry{stop != nullptr ? stop->descriptor() : -1, POLLIN, 0};
  return ::poll(&entry, 1, 100) <= 0;
}

Error not_writable(std::string_view activity, const fs::path& path, int error_number) {
  Error error = system_error(activity, path, error_number);
  error.next = "export EFFGATE_HOME=FOLDER";
  return error;
}

}  // namespace

Result<Home> Home::find() {
  if (const fs::path own = from_environment("EFFGATE_HOME"); !own.empty()) {
    return Home(fs::absolute(own));
  }
  if (const fs::path data = from_environment("XDG_DATA_HOME"); data.is_absolute()) {
    return Home(data / "effgate");
  }
  if (const fs::path home = from_environment("HOME"); home.is_absolute()) {
    return Home(home / ".local" / "share" / "effgate");
  }
  return Error{ErrorKind::usage,
               "finding the folder for libraries: none of EFFGATE_HOME, XDG_DATA_HOME and HOME is "
               "set to a path"};
}

Result<HomeLock> Home::lock(const StopRequest* stop) const {
  std::error_code failure;
  fs::create_directories(libraries(), failure);
  if (failure) return not_writable("making", libraries(), failure.value());
  const fs::path path = libraries() / ".lock";
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!file.valid()) return not_writable("opening", path, errno);
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return system_error("locking", path, errno);
    if (!pause_unless_stopped(stop)) {
      return Error{
          ErrorKind::timed_out,
          fmt::format("waiting for {}, which another effgate holds: stopped", path.string())};
    }
  }
  return HomeLock(std::move(file));
}

Result<TemporaryDirectory> Home::staging() const {
  const fs::path parent = libraries() / ".installing";
  std::error_code failure;
  fs::remove_all(parent, failure);
  if (!failure) fs::create_directories(parent, failure);
  if (failure) return system_error("clearing", parent, failure.value());
  return TemporaryDirectory::create(parent);
}

}  // namespace effgate
