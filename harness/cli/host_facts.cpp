#include "harness/cli/host_facts.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <thread>

#include "harness/base/files.h"
#include "harness/base/text.h"

namespace effgate {
namespace {

// The value of the first "model name : VALUE" line.
std::string cpu_model() {
  const Result<std::string> content = read_text_file("/proc/cpuinfo");
  if (!content.ok()) return "";
  for (const std::string& line : split(*content, '\n')) {
    const std::size_t colon = line.find(':');
    if (line.starts_with("model name") && colon != std::string::npos)
      return std::string(trim(std::string_view(line).substr(colon + 1)));
  }
  return "";
}

}  // namespace

HostFacts host_facts() {
  HostFacts facts;
  facts.cpu_model = cpu_model();
  facts.cores = std::thread::hardware_concurrency();
  const long pages = ::sysconf(_SC_PHYS_PAGES), page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && page_bytes > 0) facts.memory_bytes = std::int64_t{pages} * page_bytes;
  utsname system{};
  if (::uname(&system) == 0) {
    facts.name = system.nodename;
    facts.kernel = std::string(system.sysname) + " " + system.release;
  }
  return facts;
}

}  // namespace effgate
