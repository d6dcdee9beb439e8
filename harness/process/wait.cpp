#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "harness/process/child.h"

namespace effgate {

// One poll over everything that children, others and a stop request can tell.
class ChildPoll {
 public:
  ChildPoll(std::span<Child* const> children, const StopRequest* stop,
            std::span<const int> others) {
    for (Child* child : children) {
      if (child != nullptr && !child->finished()) watch(*child);
    }
    for (const int descriptor : others) add(descriptor, POLLIN, Role::other, nullptr);
    if (stop != nullptr) add(stop->descriptor(), POLLIN, Role::stop, nullptr);
    nothing_to_wait_for_ = entries_.empty();
  }

  bool nothing_to_wait_for() const { return nothing_to_wait_for_; }

  // Whether anything happened before the deadline.
  Result<bool> wait(std::optional<Deadline> deadline) {
    for (;;) {
      const int ready = ::poll(entries_.data(), entries_.size(), milliseconds_until(deadline));
      if (ready >= 0) return ready > 0;
      if (errno != EINTR) return system_error("waiting for", "child processes", errno);
    }
  }

  // Takes in what happened.
  void settle() {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].revents != 0) settle(roles_[i], owners_[i]);
    }
    // Last, so that what a child wrote before its end was read from its pipes first.
    for (Child* child : ended_) child->reap();
  }

  bool stopped() const { return stopped_; }
  bool other_ready() const { return other_ready_; }

 private:
  enum class Role { end, output, error, input, other, stop };

  void add(int descriptor, short events, Role role, Child* owner) {
    entries_.push_back({descriptor, events, 0});
    roles_.push_back(role);
    owners_.push_back(owner);
  }

  void watch(Child& child) {
    add(child.state_.pidfd.get(), POLLIN, Role::end, &child);
    if (child.state_.output.descriptor.valid()) {
      add(child.state_.output.descriptor.get(), POLLIN, Role::output, &child);
    }
    if (child.state_.error.descriptor.valid()) {
      add(child.state_.error.descriptor.get(), POLLIN, Role::error, &child);
    }
    if (child.state_.input.valid() && !child.state_.input_queue.empty()) {
      add(child.state_.input.get(), POLLOUT, Role::input, &child);
    }
  }

  void settle(Role role, Child* owner) {
    switch (role) {
      case Role::end: ended_.push_back(owner); break;
      case Role::output: Child::drain(owner->state_.output); break;
      case Role::error: Child::drain(owner->state_.error); break;
      case Role::input: owner->deliver_input(); break;
      case Role::other: other_ready_ = true; break;
      case Role::stop: stopped_ = true; break;
    }
  }

  // Rounded up, so that a deadline is never told early; -1 waits for ever.
  static int milliseconds_until(std::optional<Deadline> deadline) {
    if (!deadline) return -1;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
    constexpr std::chrono::milliseconds::rep kLongest = 24 * 3600 * 1000;
    return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, kLongest));
  }

  std::vector<pollfd> entries_;
  std::vector<Role> roles_;
  std::vector<Child*> owners_;
  std::vector<Child*> ended_;
  bool nothing_to_wait_for_ = false;
  bool stopped_ = false;
  bool other_ready_ = false;
};

Result<Wake> wait_for_any(std::span<Child* const> children, std::optional<Deadline> deadline,
                          const StopRequest* stop, std::span<const int> others) {
  ChildPoll poll(children, stop, others);
  const bool without_children = std::all_of(children.begin(), children.end(), [](Child* child) {
    return child == nullptr || child->finished().has_value();
  });
  if (poll.nothing_to_wait_for() || (without_children && others.empty() && !deadline)) {
    return Wake::progress;
  }
  EFFGATE_ASSIGN(const bool happened, poll.wait(deadline));
  if (happened) poll.settle();
  if (poll.stopped()) return Wake::stopped;
  if (deadline && std::chrono::steady_clock::now() >= *deadline) return Wake::deadline;
  if (poll.other_ready()) return Wake::ready;
  return Wake::progress;
}

}  // namespace effgate
