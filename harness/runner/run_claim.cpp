#include "harness/runner/run_claim.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string>

namespace effgate {
namespace {

// An abstract socket: its name has no file, and the kernel frees it with its owner. See unix(7).
int bind_abstract(int socket, const std::string& name) {
  ::sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), address.sun_path + 1);
  const std::size_t bytes = offsetof(::sockaddr_un, sun_path) + 1 + name.size();
  const void* generic = &address;
  return ::bind(socket, static_cast<const ::sockaddr*>(generic), static_cast<::socklen_t>(bytes));
}

}  // namespace

Result<RunClaim> RunClaim::take(const std::filesystem::path& database, RunId run) {
  struct ::stat file {};
  if (::stat(database.c_str(), &file) != 0)
    return system_error("looking for database", database, errno);
  const auto number = static_cast<std::int64_t>(run);
  const std::string name = fmt::format("effgate-run-{}-{}-{}", file.st_dev, file.st_ino, number);
  FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (socket.valid() && bind_abstract(socket.get(), name) != 0 && errno == EADDRINUSE) {
    return Error{ErrorKind::refused, fmt::format("going on with run {} of {}: another process is "
                                                 "at work on it",
                                                 number, database.string())};
  }
  // Where no socket can be had, nobody is kept out.
  return RunClaim(std::move(socket));
}

}  // namespace effgate
