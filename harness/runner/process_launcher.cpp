#include "harness/runner/process_launcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <vector>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/process/child.h"

namespace effgate {
namespace {

constexpr std::size_t kResultLimit = 64 * 1024 * 1024;
constexpr std::size_t kStderrTail = 8 * 1024;
constexpr std::chrono::milliseconds kMemoryWatchInterval{100};
// Servers without work stay, so that cells of several libraries may alternate.
constexpr std::size_t kMostServers = 8;

Deadline after_seconds(double seconds) {
  return std::chrono::steady_clock::now() +
         std::chrono::duration_cast<Deadline::duration>(std::chrono::duration<double>(seconds));
}

std::string tail_of_file(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  if (!file.ok()) return "";
  const auto bytes = file->bytes();
  const auto tail = bytes.last(std::min(bytes.size(), kStderrTail));
  return {reinterpret_cast<const char*>(tail.data()), tail.size()};
}

// One effgate-cell that has a library loaded, or is loading it.
struct Server {
  std::string key;
  Child child;
  bool ready = false;
  std::string partial_line;
  std::string failure;  // why the library could not be loaded
};

// One job that has not been handed back.
struct Running {
  Ticket ticket = 0;
  LaunchRequest request;
  Deadline started;
  Deadline deadline;
  std::filesystem::path job_file;
  std::filesystem::path result_file;
  std::filesystem::path stderr_file;
  Server* server = nullptr;    // null: a process of its own
  std::optional<Child> child;  // that process
  std::optional<pid_t> pid;    // of the forked cell, once told
  std::optional<KillReason> killed_for;
};

}  // namespace

class ProcessLauncher::Implementation {
 public:
  Implementation(std::filesystem::path cell_program, TemporaryDirectory directory)
      : cell_program_(std::move(cell_program)), directory_(std::move(directory)) {}

  Result<Ticket> start(const LaunchRequest& request) {
    Running running = described(request);
    EFFGATE_TRY(write_file_atomically(running.job_file, to_json_line(request.job)));
    EFFGATE_TRY(request.fresh ? start_alone(running) : start_in_server(running));
    running_.push_back(std::make_unique<Running>(std::move(running)));
    return last_ticket_;
  }

  Result<std::optional<JobEnd>> wait(const StopRequest* stop) {
    while (ended_.empty()) {
      if (running_.empty()) return Error{ErrorKind::bug, "waiting for a job while none runs"};
      std::vector<Child*> children = watched_children();
      EFFGATE_ASSIGN(const Wake wake, wait_for_any(children, next_wake(), stop));
      if (wake == Wake::stopped) return std::optional<JobEnd>();
      for (const auto& server : servers_) read_events(*server);
      collect_finished();
      enforce_limits();
    }
    std::optional<JobEnd> end = std::move(ended_.front());
    ended_.erase(ended_.begin());
    return end;
  }

 private:
  Running described(const LaunchRequest& request) {
    Running running;
    running.ticket = ++last_ticket_;
    running.request = request;
    running.started = std::chrono::steady_clock::now();
    running.deadline = after_seconds(request.timeout_s);
    const std::string base = (directory_.path() / std::to_string(running.ticket)).string();
    running.job_file = base + ".job.json";
    running.result_file = base + ".result.jsonl";
    running.stderr_file = base + ".stderr";
    return running;
  }

  Status start_alone(Running& running) {
    Command command;
    command.argv = {cell_program_.string(), "--job", running.job_file.string(), "--result",
                    running.result_file.string()};
    command.environment = running.request.environment;
    command.output = NullStream{};
    command.error = FileStream{running.stderr_file};
    EFFGATE_ASSIGN(running.child, Child::start(command));
    return success();
  }

  Status start_in_server(Running& running) {
    EFFGATE_ASSIGN(running.server, server_for(running.request));
    running.server->child.write_input(
        to_json_line(ServeRequest{running.ticket, running.job_file.string(),
                                  running.result_file.string(), running.stderr_file.string()}));
    return success();
  }

  Result<Server*> server_for(const LaunchRequest& request) {
    std::string key = request.job.adapter;
    for (const auto& [name, value] : request.environment) key += "\n" + name + "=" + value;
    for (const auto& server : servers_) {
      if (server->key == key && !server->child.finished()) return server.get();
    }
    make_room_for_a_server();
    Command command;
    command.argv = {cell_program_.string(), "--serve", request.job.adapter};
    command.environment = request.environment;
    command.input = PipeStream{};
    command.error = PipeStream{kStderrTail};
    EFFGATE_ASSIGN(Child child, Child::start(command));
    servers_.push_back(std::make_unique<Server>(Server{key, std::move(child), false, "", ""}));
    return servers_.back().get();
  }

  // The oldest one without work goes.
  void make_room_for_a_server() {
    if (servers_.size() < kMostServers) return;
    const auto idle = std::find_if(servers_.begin(), servers_.end(), [&](const auto& server) {
      return std::none_of(running_.begin(), running_.end(),
                          [&](const auto& running) { return running->server == server.get(); });
    });
    if (idle != servers_.end()) servers_.erase(idle);
  }

  std::vector<Child*> watched_children() {
    std::vector<Child*> children;
    for (const auto& server : servers_) children.push_back(&server->child);
    for (const auto& running : running_) {
      if (running->child) children.push_back(&*running->child);
    }
    return children;
  }

  Deadline next_wake() const {
    Deadline next = running_.front()->deadline;
    for (const auto& running : running_) {
      next = std::min(next, running->deadline);
      if (running->request.resident_bytes > 0) {
        next = std::min(next, std::chrono::steady_clock::now() + kMemoryWatchInterval);
      }
    }
    return next;
  }

  Running* find(Ticket ticket) {
    for (const auto& running : running_) {
      if (running->ticket == ticket) return running.get();
    }
    return nullptr;
  }

  void read_events(Server& server) {
    server.partial_line += server.child.take_output();
    if (server.child.finished()) server.partial_line += server.child.finished()->output;
    std::size_t end = 0;
    while ((end = server.partial_line.find('\n')) != std::string::npos) {
      const auto event = parse_serve_event(server.partial_line.substr(0, end));
      server.partial_line.erase(0, end + 1);
      if (event.ok()) take_event(server, *event);
    }
  }

  void take_event(Server& server, const ServeEvent& event) {
    if (event.id == 0) {
      server.ready = event.what == "ready";
      if (!server.ready) server.failure = event.message;
      return;
    }
    Running* running = find(event.id);
    if (running == nullptr) return;
    if (event.what == "started") {
      running->pid = static_cast<pid_t>(event.pid);
      running->started = std::chrono::steady_clock::now();
      running->deadline = after_seconds(running->request.timeout_s);
    } else if (event.what == "ended") {
      const KillReason* reason = running->killed_for ? &*running->killed_for : nullptr;
      hand_back(*running, outcome_of(event.wait_status, reason), event.max_rss_bytes);
    } else {
      JobEnd& end = hand_back(*running, Exited{1}, 0);
      end.stderr_tail = "effgate-cell: " + event.message;
      end.lost = true;
    }
  }

  JobEnd& hand_back(const Running& running, Outcome outcome, std::uint64_t max_rss_bytes) {
    JobEnd end;
    end.ticket = running.ticket;
    end.outcome = outcome;
    end.max_rss_bytes = max_rss_bytes;
    end.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - running.started).count();
    end.stderr_tail = tail_of_file(running.stderr_file);
    if (const auto text = read_text_file(running.result_file, kResultLimit); text.ok()) {
      end.records = whole_records(*text);
    }
    remove_files(running);
    std::erase_if(running_, [&](const auto& each) { return each.get() == &running; });
    return ended_.emplace_back(std::move(end));
  }

  static void remove_files(const Running& running) {
    std::error_code ignored;
    for (const auto* file : {&running.job_file, &running.result_file, &running.stderr_file}) {
      std::filesystem::remove(*file, ignored);
    }
  }

  void collect_finished() {
    for (std::size_t i = running_.size(); i-- > 0;) {
      const Running& running = *running_[i];
      if (!running.child || !running.child->finished()) continue;
      const Finished finished = *running.child->finished();
      hand_back(running, finished.outcome, finished.max_rss_bytes);
    }
    for (const auto& server : servers_) {
      if (server->child.finished()) give_up(*server);
    }
    std::erase_if(servers_, [](const auto& server) { return bool(server->child.finished()); });
  }

  // A server that has ended takes its cells with it.
  void give_up(const Server& server) {
    const Finished& finished = *server.child.finished();
    for (std::size_t i = running_.size(); i-- > 0;) {
      if (running_[i]->server != &server) continue;
      const bool timed_out = running_[i]->killed_for == KillReason::timed_out;
      JobEnd& end = hand_back(*running_[i], finished.outcome, finished.max_rss_bytes);
      if (server.ready) {
        end.lost = !timed_out;
        if (end.stderr_tail.empty()) end.stderr_tail = finished.error;
      } else {
        end.not_loaded = why_not_loaded(server, finished, timed_out);
      }
    }
  }

  static std::string why_not_loaded(const Server& server, const Finished& finished,
                                    bool timed_out) {
    if (!server.failure.empty()) return server.failure;
    const std::string words(trim(finished.error));
    return fmt::format("loading the library: {}{}{}",
                       timed_out ? "it took longer than a cell may" : to_string(finished.outcome),
                       words.empty() ? "" : ": ", words);
  }

  void enforce_limits() {
    for (const auto& running : running_) {
      if (running->killed_for) continue;
      if (std::chrono::steady_clock::now() >= running->deadline) {
        kill(*running, KillReason::timed_out);
      } else if (beyond_memory(*running)) {
        kill(*running, KillReason::over_memory);
      }
    }
  }

  static bool beyond_memory(const Running& running) {
    if (running.request.resident_bytes == 0) return false;
    const std::optional<pid_t> pid =
        running.child ? std::optional(running.child->pid()) : running.pid;
    if (!pid) return false;
    const auto resident = resident_bytes(*pid);
    return resident.ok() && *resident > running.request.resident_bytes;
  }

  void kill(Running& running, KillReason reason) {
    running.killed_for = reason;
    running.deadline = after_seconds(3600);  // the end comes by waiting
    if (running.child) {
      running.child->kill_group(reason);
    } else if (running.pid) {
      // One that has gone already ends by its own event.
      static_cast<void>(kill_process(*running.pid).ok());
    } else {
      running.server->child.kill_group(reason);
    }
  }

  std::filesystem::path cell_program_;
  TemporaryDirectory directory_;
  Ticket last_ticket_ = 0;
  std::vector<std::unique_ptr<Server>> servers_;
  std::vector<std::unique_ptr<Running>> running_;
  std::vector<JobEnd> ended_;
};

Result<std::unique_ptr<ProcessLauncher>> ProcessLauncher::create(
    std::filesystem::path cell_program) {
  EFFGATE_ASSIGN(TemporaryDirectory directory, TemporaryDirectory::create());
  return std::make_unique<ProcessLauncher>(ProcessLauncher(
      std::make_unique<Implementation>(std::move(cell_program), std::move(directory))));
}

ProcessLauncher::ProcessLauncher(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
ProcessLauncher::~ProcessLauncher() = default;
ProcessLauncher::ProcessLauncher(ProcessLauncher&& other) noexcept = default;
ProcessLauncher& ProcessLauncher::operator=(ProcessLauncher&& other) noexcept = default;

Result<Ticket> ProcessLauncher::start(const LaunchRequest& request) {
  return implementation_->start(request);
}

Result<std::optional<JobEnd>> ProcessLauncher::wait(const StopRequest* stop) {
  return implementation_->wait(stop);
}

}  // namespace effgate
