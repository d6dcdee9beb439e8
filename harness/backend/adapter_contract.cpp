#include <gtest/gtest.h>

#include "harness/backend/backend_contract.h"
#include "harness/backend/installed_adapters.h"

namespace effgate {

std::vector<std::string> contract_tables() { return installed_adapters(); }

namespace {

TEST(InstalledAdapters, are_what_these_tests_run_on) {
  if (installed_adapters().empty()) {
    GTEST_SKIP() << "no adapter is installed: `effgate libs add torch==2.6.0` adds one, "
                    "EFFGATE_ADAPTERS names others";
  }
  for (const std::string& adapter : installed_adapters()) {
    EXPECT_TRUE(std::filesystem::is_regular_file(adapter)) << adapter;
  }
}

}  // namespace
}  // namespace effgate
