#include "harness/backend/library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <fstream>

#include "harness/backend/reference/reference.h"
#include "harness/base/files.h"

namespace effgate {
namespace {

using ::testing::HasSubstr;

std::filesystem::path adapter(const std::string& name) {
  const char* build = std::getenv("EFFGATE_BUILD_DIR");
  return std::filesystem::path(build == nullptr ? "." : build) / "adapters" /
         ("libeffgate-" + name + ".so");
}

TEST(Library, opens_an_adapter_and_asks_what_it_is) {
  const auto library = Library::open(adapter("testing"));
  ASSERT_TRUE(library.ok()) << library.error().message;
  const auto identity = library->identify();
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->library, "testing");
  EXPECT_NE(library->table().conv2d, nullptr);
  EXPECT_TRUE(Session::open(*library, default_environment()).ok());
}

TEST(Library, refuses_a_file_that_is_not_there_by_name) {
  const auto library = Library::open("/nowhere/libeffgate-none.so");
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(library.error().kind, ErrorKind::not_found);
  EXPECT_THAT(library.error().message, HasSubstr("/nowhere/libeffgate-none.so"));
}

TEST(Library, refuses_a_file_that_is_no_shared_object) {
  const auto directory = TemporaryDirectory::create();
  const auto path = directory->path() / "libeffgate-text.so";
  std::ofstream(path) << "not a library\n";
  EXPECT_FALSE(Library::open(path).ok());
}

TEST(Library, refuses_an_adapter_without_the_entry) {
  const auto library = Library::open(adapter("broken-symbol"));
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(library.error().kind, ErrorKind::malformed);
  EXPECT_THAT(library.error().message, HasSubstr("effgate_backend_table"));
}

TEST(Library, refuses_an_adapter_that_does_not_know_our_abi) {
  const auto library = Library::open(adapter("broken-null"));
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(library.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(library.error().message, HasSubstr("ABI version 1"));
}

TEST(Library, refuses_a_table_of_another_abi) {
  const auto library = Library::open(adapter("broken-abi"));
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(library.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(library.error().message, HasSubstr("ABI version is 2, not 1"));
}

TEST(Library, takes_functions_beyond_an_older_table_as_missing) {
  effgate_backend older = *reference_backend();
  older.struct_size = offsetof(effgate_backend, cat1);
  const auto library = Library::from_table(&older);
  ASSERT_TRUE(library.ok());
  EXPECT_NE(library->table().stack_last, nullptr);
  EXPECT_EQ(library->table().cat1, nullptr);
  EXPECT_EQ(library->table().peak_device_bytes, nullptr);
}

TEST(Library, refuses_a_table_too_short_to_be_of_use) {
  effgate_backend stub = *reference_backend();
  stub.struct_size = offsetof(effgate_backend, from_data);
  const auto library = Library::from_table(&stub);
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(library.error().kind, ErrorKind::malformed);
}

TEST(Session, tells_why_a_library_does_not_open_one) {
  const auto library = Library::from_table(reference_backend());
  effgate_environment environment = default_environment();
  environment.device = EFFGATE_CUDA;
  const auto session = Session::open(*library, environment);
  ASSERT_FALSE(session.ok());
  EXPECT_EQ(session.error().kind, ErrorKind::unsupported);
  EXPECT_EQ(session.error().message, "opening a session of reference " EFFGATE_VERSION
                                     ": the reference runs on the CPU only");
}

TEST(Session, moves_and_keeps_working) {
  const auto library = Library::from_table(reference_backend());
  auto first = Session::open(*library, default_environment());
  Session moved = *std::move(first);
  auto second = Session::open(*library, default_environment());
  moved = *std::move(second);
  EXPECT_NE(moved.get(), nullptr);
  EXPECT_EQ(moved.library_name(), "reference " EFFGATE_VERSION);
}

TEST(BackendError, has_the_kind_of_the_code_and_the_first_line_of_the_text) {
  EXPECT_EQ(backend_error("a", EFFGATE_INVALID, "x").kind, ErrorKind::bug);
  EXPECT_EQ(backend_error("a", EFFGATE_UNSUPPORTED, "x").kind, ErrorKind::unsupported);
  EXPECT_EQ(backend_error("a", EFFGATE_OUT_OF_MEMORY, "x").kind, ErrorKind::out_of_memory);
  EXPECT_EQ(backend_error("a", EFFGATE_REFUSED, "x").kind, ErrorKind::refused);
  EXPECT_EQ(backend_error("a", EFFGATE_LIBRARY_ERROR, "x").kind, ErrorKind::library);
  EXPECT_EQ(backend_error("a", EFFGATE_DEVICE_LOST, "x").kind, ErrorKind::library);
  EXPECT_EQ(backend_error("a", 99, "x").kind, ErrorKind::library);
  EXPECT_EQ(backend_error("conv2d", EFFGATE_LIBRARY_ERROR, "it broke\nat line 3").message,
            "conv2d: it broke");
  EXPECT_EQ(backend_error("conv2d", EFFGATE_LIBRARY_ERROR, "").message,
            "conv2d: code 5 without a message");
}

}  // namespace
}  // namespace effgate
