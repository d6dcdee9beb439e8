#include "harness/cell/serve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "harness/base/files.h"
#include "harness/base/text.h"

namespace effgate {
namespace {

// Serves `requests` with `child` and gives all events, in order.
class Serve : public testing::Test {
 protected:
  void SetUp() override {
    auto directory = TemporaryDirectory::create();
    ASSERT_TRUE(directory.ok());
    directory_.emplace(*std::move(directory));
  }

  std::string stderr_path(std::int64_t id) const {
    return directory_->path() / ("stderr." + std::to_string(id));
  }

  ServeRequest request(std::int64_t id) const { return {id, "job", "result", stderr_path(id)}; }

  std::vector<ServeEvent> serve_all(const std::string& input, const ServeChild& child) {
    int requests[2];
    int events[2];
    EXPECT_EQ(pipe(requests), 0);
    EXPECT_EQ(pipe(events), 0);
    EXPECT_EQ(write(requests[1], input.data(), input.size()), static_cast<ssize_t>(input.size()));
    close(requests[1]);
    std::fflush(nullptr);  // or a child writes what this program has not written yet
    EXPECT_TRUE(serve(requests[0], events[1], child).ok());
    close(requests[0]);
    close(events[1]);
    std::string text(65536, '\0');
    const ssize_t length = read(events[0], text.data(), text.size());
    close(events[0]);
    return parse_events(text.substr(0, static_cast<std::size_t>(std::max<ssize_t>(length, 0))));
  }

  static std::vector<ServeEvent> parse_events(const std::string& text) {
    std::vector<ServeEvent> events;
    for (const std::string& line : split(text, '\n')) {
      if (line.empty()) continue;
      const auto event = parse_serve_event(line);
      EXPECT_TRUE(event.ok()) << line;
      if (event.ok()) events.push_back(*event);
    }
    return events;
  }

  static const ServeEvent& find(const std::vector<ServeEvent>& events, std::int64_t id,
                                const std::string& what) {
    const auto found = std::find_if(events.begin(), events.end(), [&](const ServeEvent& event) {
      return event.id == id && event.what == what;
    });
    EXPECT_NE(found, events.end()) << what << " of " << id;
    static const ServeEvent none;
    return found == events.end() ? none : *found;
  }

  std::optional<TemporaryDirectory> directory_;
};

TEST_F(Serve, tells_of_every_childs_start_and_end) {
  const auto events =
      serve_all(to_json_line(request(1)) + to_json_line(request(2)), [](const ServeRequest&) {});
  ASSERT_EQ(events.size(), 4);
  for (const std::int64_t id : {1, 2}) {
    const ServeEvent& ended = find(events, id, "ended");
    EXPECT_EQ(ended.wait_status, 0);
    EXPECT_EQ(ended.pid, find(events, id, "started").pid);
    EXPECT_GT(ended.max_rss_bytes, 100'000);
  }
}

TEST_F(Serve, a_child_that_crashes_leaves_the_others_alone) {
  const auto events =
      serve_all(to_json_line(request(1)) + to_json_line(request(2)) + to_json_line(request(3)),
                [](const ServeRequest& asked) {
                  if (asked.id == 2) raise(SIGKILL);
                });
  EXPECT_TRUE(WIFSIGNALED(find(events, 2, "ended").wait_status));
  EXPECT_EQ(WTERMSIG(find(events, 2, "ended").wait_status), SIGKILL);
  EXPECT_EQ(find(events, 1, "ended").wait_status, 0);
  EXPECT_EQ(find(events, 3, "ended").wait_status, 0);
}

TEST_F(Serve, what_a_child_prints_goes_to_its_own_file) {
  const auto events = serve_all(to_json_line(request(7)), [](const ServeRequest&) {
    std::fputs("{\"torn", stdout);
    std::fflush(stdout);
    std::fputs("a warning", stderr);
  });
  EXPECT_EQ(events.size(), 2);
  EXPECT_EQ(*read_text_file(stderr_path(7)), "{\"torna warning");
}

TEST_F(Serve, children_run_side_by_side) {
  int meeting[2];
  ASSERT_EQ(pipe(meeting), 0);
  // The first child waits for a byte that only the second writes.
  const auto events = serve_all(
      to_json_line(request(1)) + to_json_line(request(2)), [&](const ServeRequest& asked) {
        char byte = 'x';
        const bool waits = asked.id == 1;
        const ssize_t done = waits ? read(meeting[0], &byte, 1) : write(meeting[1], &byte, 1);
        _exit(done == 1 ? 0 : 1);
      });
  EXPECT_EQ(find(events, 1, "ended").wait_status, 0);
  close(meeting[0]);
  close(meeting[1]);
}

TEST_F(Serve, a_torn_last_request_starts_nothing) {
  const std::string torn = to_json_line(request(2)).substr(0, 20);
  const auto events = serve_all(to_json_line(request(1)) + torn, [](const ServeRequest&) {});
  EXPECT_EQ(events.size(), 2);
}

}  // namespace
}  // namespace effgate
