// Runs all tests once for each installed adapter, each time in a process of its own, because a
// process can hold one tensor library only.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "harness/backend/installed_adapters.h"

namespace {

int run_tests(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}

int run_tests_on(const std::string& adapter, int argc, char** argv) {
  std::printf("%s\n", adapter.c_str());
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    setenv("EFFGATE_ADAPTERS", adapter.c_str(), 1);
    std::exit(run_tests(argc, argv));
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return EXIT_FAILURE;
  if (WIFSIGNALED(status)) std::printf("ended by signal %d\n", WTERMSIG(status));
  return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> adapters = effgate::installed_adapters();
  if (adapters.empty()) return run_tests(argc, argv);
  int result = EXIT_SUCCESS;
  for (const std::string& adapter : adapters) {
    if (run_tests_on(adapter, argc, argv) != EXIT_SUCCESS) result = EXIT_FAILURE;
  }
  return result;
}
