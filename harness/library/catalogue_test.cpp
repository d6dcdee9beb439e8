#include "harness/library/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/library/testing/fake_torch.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Catalogue : public testing::Test {
 protected:
  void SetUp() override {
    fake_.write_release();
    wheel_ = fake_.zip("torch-9.8.7-cp311-cp311-linux_x86_64.whl");
  }

  Result<InstalledLibrary> add(const std::string& spec) {
    const auto parsed = parse_library_spec(spec);
    EXPECT_TRUE(parsed.ok());
    return add_library(fake_.home(), *parsed, {}, fake_.tools());
  }
  Result<InstalledLibrary> add_wheel() { return add("wheel:" + wheel_.string()); }

  std::vector<std::string> names() {
    std::vector<std::string> result;
    const auto libraries = list_libraries(fake_.home(), fake_.tools().installation);
    EXPECT_TRUE(libraries.ok());
    for (const InstalledLibrary& library : *libraries) result.push_back(library.name);
    return result;
  }

  fs::path in_home(const std::string& path) { return fake_.home().libraries() / path; }

  // Nothing but the lock and empty folders.
  bool nothing_is_left() {
    for (const fs::directory_entry& entry :
         fs::recursive_directory_iterator(fake_.home().libraries())) {
      if (!entry.is_directory() && entry.path().filename() != ".lock") return false;
    }
    return true;
  }

  FakeTorch fake_;
  fs::path wheel_;
};

TEST_F(Catalogue, holds_the_reference_alone_at_first) {
  EXPECT_THAT(names(), testing::ElementsAre("reference"));
  const auto reference = ready_library(fake_.home(), "reference", fake_.tools());
  ASSERT_TRUE(reference.ok());
  EXPECT_EQ(reference->adapter, "builtin:reference");
  EXPECT_TRUE(reference->ok);
}

TEST_F(Catalogue, adds_a_wheel_with_an_adapter) {
  const auto added = add_wheel();
  ASSERT_TRUE(added.ok()) << added.error().message;
  EXPECT_EQ(added->name, "torch-9.8.7");
  EXPECT_EQ(added->version, "9.8.7");
  EXPECT_EQ(added->abi, "cxx11");
  EXPECT_THAT(added->devices, testing::ElementsAre("cpu"));
  EXPECT_TRUE(added->ok);
  EXPECT_TRUE(fs::exists(added->adapter));
  EXPECT_TRUE(added->adapter.ends_with("/libeffgate-torch-9.8.7.so"));
  EXPECT_THAT(names(), testing::ElementsAre("reference", "torch-9.8.7"));
}

TEST_F(Catalogue, unpacks_only_what_a_run_and_a_compiler_need) {
  ASSERT_TRUE(add_wheel().ok());
  const std::string root = "torch-9.8.7/torch/";
  for (const char* needed : {"lib/libtorch_cpu.so", "lib/libc10.so", "lib/libgomp-1234.so.1",
                             "include/torch/headeronly/version.h"}) {
    EXPECT_TRUE(fs::exists(in_home(root + needed))) << needed;
  }
  for (const char* other : {"lib/libtorch_python.so", "lib/notes.txt", "bin/tool"}) {
    EXPECT_FALSE(fs::exists(in_home(root + other))) << other;
  }
}

TEST_F(Catalogue, unpacks_cuda_and_its_runtime_beside_torch_where_asked) {
  const fs::path wheel = fake_.folder() / "wheel";
  const std::string format = "Wheel-Version: 1.0\nRoot-Is-Purelib: false\n";
  const fs::path sample = fake_.folder() / "sample.so";
  fs::copy_file(wheel / "torch/lib/libgomp-1234.so.1", sample);
  fs::remove_all(wheel);
  fs::create_directories(wheel / "nvidia/fake/lib");
  fs::copy_file(sample, wheel / "nvidia/fake/lib/libcufake.so.1");
  fake_.write("nvidia/fake/include/cuda_runtime.h", "");
  fake_.write("nvidia_fake_cu12-1.0.dist-info/METADATA",
              "Metadata-Version: 2.1\nName: nvidia-fake-cu12\nVersion: 1.0\n");
  fake_.write("nvidia_fake_cu12-1.0.dist-info/WHEEL", format);
  fake_.zip("nvidia_fake_cu12-1.0-py3-none-manylinux1_x86_64.whl");
  fs::remove_all(wheel);
  fake_.write_release();
  for (const char* name : {"libtorch_cuda.so", "libc10_cuda.so"}) {
    fs::copy_file(sample, wheel / "torch/lib" / name);
  }
  fake_.write("torch-9.8.7.dist-info/METADATA",
              "Metadata-Version: 2.1\nName: torch\nVersion: 9.8.7\n"
              "Requires-Dist: nvidia-fake-cu12 (==1.0)\n");
  fake_.write("torch-9.8.7.dist-info/WHEEL", format);
  fs::remove(wheel_);
  fake_.zip("torch-9.8.7-cp311-cp311-linux_x86_64.whl");
  fake_.write_cuda_part("#include <cuda_runtime.h>\n");
  // pip, in place of an index over the network.
  ::setenv("PIP_NO_INDEX", "1", 1);
  ::setenv("PIP_FIND_LINKS", fake_.folder().c_str(), 1);
  const auto added =
      add_library(fake_.home(), *parse_library_spec("torch==9.8.7"), {.cuda = true}, fake_.tools());
  ::unsetenv("PIP_FIND_LINKS");
  ::unsetenv("PIP_NO_INDEX");
  ASSERT_TRUE(added.ok()) << added.error().message;
  EXPECT_THAT(added->devices, testing::ElementsAre("cpu", "cuda"));
  for (const char* needed : {"torch/lib/libtorch_cuda.so", "torch/lib/libc10_cuda.so",
                             "nvidia/fake/lib/libcufake.so.1"}) {
    EXPECT_TRUE(fs::exists(in_home("torch-9.8.7") / needed)) << needed;
  }
  const fs::path adapter = added->adapter;
  EXPECT_TRUE(fs::exists(adapter.parent_path() / "libeffgate-torch-9.8.7-cuda.so"));
}

TEST_F(Catalogue, does_nothing_for_what_is_there_already) {
  const auto first = add_wheel();
  fake_.forget();
  const auto second = add_wheel();
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->adapter, first->adapter);
  EXPECT_EQ(fake_.told(), "");
}

TEST_F(Catalogue, rebuilds_an_adapter_that_is_older_than_its_sources) {
  const auto first = add_wheel();
  ASSERT_TRUE(first.ok());
  fake_.write_adapter("// another\n");
  const auto listed = list_libraries(fake_.home(), fake_.tools().installation);
  EXPECT_TRUE(listed->back().ok);
  EXPECT_EQ(listed->back().adapter, "");
  fake_.forget();
  const auto second = ready_library(fake_.home(), "torch-9.8.7", fake_.tools());
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_NE(second->adapter, first->adapter);
  EXPECT_THAT(fake_.told(), HasSubstr("building the adapter of torch-9.8.7"));
}

TEST_F(Catalogue, refuses_a_library_that_loads_a_part_from_elsewhere) {
  fake_.write_cell(R"({"version": "9.8.7", "header_version": "9.8.7", )"
                   R"("loaded_paths": ["@ROOT@/torch/lib/libtorch_cpu.so", "/opt/libc10.so"]})");
  const auto added = add_wheel();
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().kind, ErrorKind::library);
  EXPECT_THAT(added.error().message, HasSubstr("libc10.so was loaded from /opt/libc10.so"));
  EXPECT_THAT(added.error().next, HasSubstr("effgate libs add wheel:"));
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(Catalogue, says_what_the_compiler_complained_of_and_leaves_nothing) {
  fake_.write_adapter("int main() { return no_such_name; }\n");
  const auto added = add_wheel();
  ASSERT_FALSE(added.ok());
  EXPECT_THAT(added.error().message, HasSubstr("compiling adapter.cpp: the compiler exited"));
  EXPECT_THAT(added.error().message, HasSubstr("no_such_name"));
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(Catalogue, refuses_a_wheel_that_calls_itself_something_else) {
  fake_.write("torch-9.8.7.dist-info/METADATA", "Name: torch\nVersion: 9.9.9\n");
  const auto added = add("wheel:" + fake_.zip("other.whl").string());
  EXPECT_THAT(added.error().message, HasSubstr("calls itself 9.9.9 and its headers 9.8.7"));
  fake_.write("torch-9.8.7.dist-info/METADATA", "Name: numpy\nVersion: 9.8.7\n");
  EXPECT_EQ(add("wheel:" + fake_.zip("numpy.whl").string()).error().kind, ErrorKind::usage);
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(Catalogue, takes_a_folder_that_someone_else_unpacked) {
  fake_.write_cell(R"({"version": "9.8.7", "header_version": "9.8.7", "loaded_paths": [")" +
                   (fake_.folder() / "wheel/torch/lib/libtorch_cpu.so").string() + "\"]}");
  const auto added = add("mine=prefix:" + (fake_.folder() / "wheel").string());
  ASSERT_TRUE(added.ok()) << added.error().message;
  EXPECT_EQ(added->name, "mine");
  EXPECT_EQ(added->path, fake_.folder() / "wheel");
  const auto other = add("prefix:" + (fake_.folder() / "wheel").string());
  ASSERT_TRUE(other.ok()) << other.error().message;
  EXPECT_EQ(other->name, "torch-9.8.7-wheel");
}

TEST_F(Catalogue, lists_a_damaged_library_as_broken_and_repairs_it_by_adding) {
  ASSERT_TRUE(add_wheel().ok());
  fs::remove(in_home("torch-9.8.7/torch/lib/libgomp-1234.so.1"));
  const auto listed = list_libraries(fake_.home(), fake_.tools().installation);
  EXPECT_FALSE(listed->back().ok);
  EXPECT_THAT(listed->back().problem, HasSubstr("libgomp-1234.so.1 is missing"));
  const auto ready = ready_library(fake_.home(), "torch-9.8.7", fake_.tools());
  EXPECT_EQ(ready.error().kind, ErrorKind::library);
  EXPECT_THAT(ready.error().next, HasSubstr("effgate libs add"));
  const auto again = add_wheel();
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_TRUE(again->ok);
}

TEST_F(Catalogue, check_finds_a_byte_that_the_list_does_not_see) {
  ASSERT_TRUE(add_wheel().ok());
  EXPECT_TRUE(check_libraries(fake_.home(), fake_.tools())->back().ok);
  {
    std::fstream file(in_home("torch-9.8.7/torch/lib/libgomp-1234.so.1"),
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-1, std::ios::end);
    file.put('\x55');
  }
  EXPECT_TRUE(list_libraries(fake_.home(), fake_.tools().installation)->back().ok);
  const auto checked = check_libraries(fake_.home(), fake_.tools());
  EXPECT_FALSE(checked->back().ok);
  EXPECT_THAT(checked->back().problem, HasSubstr("checksum differs"));
}

TEST_F(Catalogue, removes_what_it_added_and_knows_it_no_more) {
  ASSERT_TRUE(add_wheel().ok());
  ASSERT_TRUE(remove_library(fake_.home(), "torch-9.8.7", fake_.tools()).ok());
  EXPECT_TRUE(nothing_is_left());
  const Status again = remove_library(fake_.home(), "torch-9.8.7", fake_.tools());
  EXPECT_EQ(again.error().kind, ErrorKind::not_found);
  EXPECT_EQ(remove_library(fake_.home(), "reference", fake_.tools()).error().kind,
            ErrorKind::usage);
  EXPECT_EQ(remove_library(fake_.home(), "../home", fake_.tools()).error().kind,
            ErrorKind::not_found);
}

TEST(TorchLibraries, are_the_oldest_first_whatever_they_are_called) {
  std::vector<InstalledLibrary> libraries(4);
  const auto name = [&](std::size_t at, const char* called, const char* version) {
    libraries[at].name = called;
    libraries[at].version = version;
  };
  name(0, "reference", "0.1.0");
  name(1, "ours", "2.15.0");
  name(2, "torch-2.6.0", "2.6.0");
  name(3, "torch-system", "1.13.1+dfsg-4");
  std::vector<std::string> names;
  for (const InstalledLibrary& library : torch_libraries(libraries)) names.push_back(library.name);
  EXPECT_THAT(names, testing::ElementsAre("torch-system", "torch-2.6.0", "ours"));
}

TEST_F(Catalogue, names_the_nearest_library_and_the_command_that_adds_it) {
  ASSERT_TRUE(add_wheel().ok());
  const auto found = ready_library(fake_.home(), "torch-9.8.6", fake_.tools());
  EXPECT_EQ(found.error().kind, ErrorKind::not_found);
  EXPECT_THAT(found.error().message, HasSubstr("did you mean torch-9.8.7"));
  EXPECT_EQ(found.error().next, "effgate libs add torch==9.8.6");
}

TEST_F(Catalogue, prints_the_documents_fields) {
  ASSERT_TRUE(add_wheel().ok());
  const auto libraries = list_libraries(fake_.home(), fake_.tools().installation);
  const auto document = nlohmann::json::parse(libraries_json(*libraries));
  EXPECT_EQ(document.at("schema"), "effgate.libs/1");
  const auto& torch = document.at("libraries").at(1);
  EXPECT_EQ(torch.at("name"), "torch-9.8.7");
  EXPECT_EQ(torch.at("version"), "9.8.7");
  EXPECT_EQ(torch.at("path"), in_home("torch-9.8.7").string());
  EXPECT_EQ(torch.at("devices"), nlohmann::json::array({"cpu"}));
  EXPECT_EQ(torch.at("ok"), true);
}

TEST(AddLibrary, says_that_tensorflow_cannot_be_added) {
  const Home home("/nonexistent");
  const auto added = add_library(home, *parse_library_spec("tensorflow==2.21.0"), {}, {});
  EXPECT_EQ(added.error().kind, ErrorKind::unsupported);
}

}  // namespace
}  // namespace effgate
