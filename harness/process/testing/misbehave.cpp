// A program that behaves badly on request: misbehave HOW [ARGUMENT].

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace {

[[noreturn]] void pause_for_ever() {
  for (;;) ::pause();
}

int hang() {
  std::cout << "hanging\n" << std::flush;
  pause_for_ever();
}

int ignore_signals_and_hang() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_IGN);
  return hang();
}

int flood(const std::string& bytes) {
  const std::string line(99, 'x');
  for (long left = std::atol(bytes.c_str()); left > 0; left -= 100) std::cerr << line << '\n';
  std::cerr << "the last line\n";
  return 0;
}

// Takes 16 MB a step until the system refuses, and touches all of it.
int eat_memory() {
  std::vector<char*> pieces;
  constexpr std::size_t kPiece = 16 * 1024 * 1024;
  while (char* piece = static_cast<char*>(std::malloc(kPiece))) {
    std::memset(piece, 1, kPiece);
    pieces.push_back(piece);
  }
  std::cerr << "out of memory\n";
  return 12;
}

int half_a_reply() {
  std::cout << "{\"status\": \"pa" << std::flush;
  ::_exit(0);
}

// Leaves a process behind that holds the output open, and tells its pid.
int leave_a_grandchild() {
  const pid_t pid = ::fork();
  if (pid == 0) pause_for_ever();
  std::cout << pid << std::endl;
  return 0;
}

int echo() {
  std::string line;
  while (std::getline(std::cin, line)) std::cout << line << std::endl;
  std::cout << "end of input\n";
  return 0;
}

int print_descriptors() {
  DIR* folder = ::opendir("/proc/self/fd");
  for (const dirent* entry = ::readdir(folder); entry != nullptr; entry = ::readdir(folder)) {
    const std::string name = entry->d_name;
    if (name[0] != '.' && name != std::to_string(::dirfd(folder))) std::cout << name << '\n';
  }
  return 0;
}

int print_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  std::cout << (value != nullptr ? value : "(not set)");
  return 0;
}

int print_directory() {
  char* directory = ::getcwd(nullptr, 0);
  std::cout << directory;
  std::free(directory);
  return 0;
}

int print_core_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_CORE, &limit);
  std::cout << limit.rlim_cur;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string how = argc > 1 ? argv[1] : "";
  const std::string argument = argc > 2 ? argv[2] : "";
  const std::map<std::string, std::function<int()>> ways = {
      {"exit", [&] { return std::atoi(argument.c_str()); }},
      {"signal", [&] { return std::raise(std::atoi(argument.c_str())); }},
      {"hang", hang},
      {"ignore_signals_and_hang", ignore_signals_and_hang},
      {"flood", [&] { return flood(argument); }},
      {"eat_memory", eat_memory},
      {"half_a_reply", half_a_reply},
      {"leave_a_grandchild", leave_a_grandchild},
      {"echo", echo},
      {"print_descriptors", print_descriptors},
      {"print_environment", [&] { return print_environment(argument); }},
      {"print_directory", print_directory},
      {"print_core_limit", print_core_limit},
  };
  const auto way = ways.find(how);
  return way == ways.end() ? 99 : way->second();
}
