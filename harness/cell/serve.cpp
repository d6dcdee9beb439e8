#include "harness/cell/serve.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "harness/base/files.h"
#include "harness/cell/confinement.h"

namespace effgate {
namespace {

struct RunningChild {
  std::int64_t id = 0;
  pid_t pid = -1;
  FileDescriptor ended;  // a pidfd: readable when the child has ended
};

// By number: the C library's header declares it without C linkage in Debian 12.
FileDescriptor open_pidfd(pid_t pid) {
  return FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

class Server {
 public:
  Server(int input, int output, const ServeChild& child)
      : input_(input), output_(output), child_(child) {}

  Status run() {
    while (reading_ || !running_.empty()) {
      std::vector<pollfd> watched = watched_descriptors();
      if (poll(watched.data(), watched.size(), -1) < 0) {
        if (errno == EINTR) continue;
        return system_error("waiting for", "requests and children", errno);
      }
      EFFGATE_TRY(reap(watched));
      if (reading_ && watched.back().revents != 0) EFFGATE_TRY(read_requests());
    }
    return success();
  }

 private:
  // One entry a child, in order; the input last, where it is still read.
  std::vector<pollfd> watched_descriptors() const {
    std::vector<pollfd> watched;
    for (const RunningChild& child : running_) watched.push_back({child.ended.get(), POLLIN, 0});
    if (reading_) watched.push_back({input_, POLLIN, 0});
    return watched;
  }

  Status reap(const std::vector<pollfd>& watched) {
    for (std::size_t i = running_.size(); i-- > 0;) {
      if (watched[i].revents == 0) continue;
      const RunningChild child = std::move(running_[i]);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      EFFGATE_TRY(tell_end(child));
    }
    return success();
  }

  Status tell_end(const RunningChild& child) {
    ServeEvent event{child.id, "ended", child.pid, 0, 0, {}};
    rusage usage{};
    while (wait4(child.pid, &event.wait_status, 0, &usage) < 0) {
      if (errno != EINTR) return system_error("waiting for", std::to_string(child.pid), errno);
    }
    event.max_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
    return tell(event);
  }

  Status read_requests() {
    char bytes[65536];
    const ssize_t length = read(input_, bytes, sizeof bytes);
    if (length < 0 && errno == EINTR) return success();
    if (length < 0) return system_error("reading", "requests", errno);
    if (length == 0) reading_ = false;
    pending_.append(bytes, static_cast<std::size_t>(length));
    for (std::size_t end = pending_.find('\n'); end != std::string::npos;
         end = pending_.find('\n')) {
      const std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      EFFGATE_TRY(start(line));
    }
    return success();
  }

  Status start(const std::string& line) {
    EFFGATE_ASSIGN(const ServeRequest request, parse_serve_request(line));
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) return tell_failure(request.id, std::strerror(errno));
    if (pid == 0) run_child(parent, request);
    RunningChild started{request.id, pid, open_pidfd(pid)};
    if (!started.ended.valid()) return system_error("watching", std::to_string(pid), errno);
    running_.push_back(std::move(started));
    return tell({request.id, "started", pid, 0, 0, {}});
  }

  [[noreturn]] void run_child(pid_t parent, const ServeRequest& request) {
    end_with_parent(parent);
    if (!redirect_streams(request.stderr_path).ok()) _exit(1);
    child_(request);
    _exit(0);
  }

  Status tell_failure(std::int64_t id, const std::string& why) {
    return tell({id, "failed", 0, 0, 0, "starting a child: " + why});
  }

  Status tell(const ServeEvent& event) {
    const std::string line = to_json_line(event);
    // Lines are shorter than PIPE_BUF but where a message is long, and this is the only writer.
    for (std::size_t at = 0; at < line.size();) {
      const ssize_t written = write(output_, line.data() + at, line.size() - at);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return system_error("writing", "events", errno);
      at += static_cast<std::size_t>(written);
    }
    return success();
  }

  int input_;
  int output_;
  const ServeChild& child_;
  bool reading_ = true;
  std::string pending_;
  std::vector<RunningChild> running_;
};

}  // namespace

Status serve(int input, int output, const ServeChild& child) {
  return Server(input, output, child).run();
}

}  // namespace effgate
