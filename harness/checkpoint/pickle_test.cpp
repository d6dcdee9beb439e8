#include "harness/checkpoint/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "harness/checkpoint/byte_cursor.h"

namespace effgate {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

// The tree points into the bytes, which live as long as the caller's string.
Unpickled read(const std::string& bytes, std::size_t limit = kPickleMemoryLimit) {
  return read_pickle(as_byte_span(bytes), limit);
}

std::string error_of(const std::string& bytes) {
  const Unpickled pickle = read(bytes);
  return pickle.error ? pickle.error->message : "";
}

// pickle.dumps({"a": (1, -2, 2**40), "b": [None, True, 1.5]}, protocol) of CPython 3.11.
const std::string kProtocol2 =
    "\x80\x02}q\x00(X\x01\x00\x00\x00"
    "aq\x01K\x01J\xfe\xff\xff\xff\x8a\x06\x00\x00\x00\x00\x00\x01\x87q\x02X\x01\x00\x00\x00"
    "bq\x03]q\x04(N\x88G?\xf8\x00\x00\x00\x00\x00\x00"
    "eu."s;
const std::string kProtocol4 =
    "\x80\x04\x95-\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01"
    "a\x94K\x01J\xfe\xff\xff\xff\x8a\x06\x00\x00\x00\x00\x00\x01\x87\x94\x8c\x01"
    "b\x94]\x94(N\x88G?\xf8\x00\x00\x00\x00\x00\x00"
    "eu."s;

TEST(Pickle, reads_the_same_values_from_two_protocols) {
  for (const std::string& bytes : {kProtocol2, kProtocol4}) {
    const Unpickled pickle = read(bytes);
    ASSERT_FALSE(pickle.error) << pickle.error->message;
    EXPECT_EQ(pickle.bytes_read, bytes.size());
    const PickleTree& tree = pickle.tree;
    const auto items = tree.items(pickle.root);
    ASSERT_EQ(items.size(), 4U);
    EXPECT_EQ(tree.text(items[0]), "a");
    const auto numbers = tree.items(items[1]);
    EXPECT_EQ(tree.integer(numbers[0]), 1);
    EXPECT_EQ(tree.integer(numbers[1]), -2);
    EXPECT_EQ(tree.integer(numbers[2]), std::int64_t{1} << 40);
    const auto list = tree.items(items[3]);
    EXPECT_EQ(tree.kind(list[0]), NodeKind::none);
    EXPECT_EQ(tree.boolean(list[1]), true);
    EXPECT_EQ(tree.kind(list[2]), NodeKind::real);
  }
}

TEST(Pickle, keeps_calls_as_calls) {
  const std::string bytes = "\x80\x02"s + "cposix\nsystem\nX\x04\x00\x00\x00true\x85R."s;
  const Unpickled pickle = read(bytes);
  ASSERT_FALSE(pickle.error);
  const NodeId call = pickle.root;
  EXPECT_EQ(pickle.tree.kind(call), NodeKind::call);
  EXPECT_TRUE(pickle.tree.is_global(pickle.tree.callee(call), "posix", "system"));
  EXPECT_EQ(pickle.tree.text(pickle.tree.items(pickle.tree.arguments(call))[0]), "true");
}

TEST(Pickle, stops_at_every_cut_with_an_error_and_never_beyond_it) {
  for (const std::string& bytes : {kProtocol2, kProtocol4}) {
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      const Unpickled pickle = read(bytes.substr(0, length));
      ASSERT_TRUE(pickle.error) << length;
      EXPECT_EQ(pickle.error->kind, ErrorKind::truncated) << length;
      EXPECT_LE(pickle.bytes_read, length);
    }
  }
}

TEST(Pickle, survives_any_byte_in_any_place) {
  for (const std::string& healthy : {kProtocol2, kProtocol4}) {
    for (std::size_t place = 0; place < healthy.size(); ++place) {
      for (int value = 0; value < 256; ++value) {
        std::string bytes = healthy;
        bytes[place] = static_cast<char>(value);
        EXPECT_LE(read(bytes).bytes_read, bytes.size());
      }
    }
  }
}

TEST(Pickle, reads_deep_nesting_without_recursion) {
  const std::size_t depth = 300000;
  const Unpickled pickle = read("\x80\x02)" + std::string(depth, '\x85') + ".");
  ASSERT_FALSE(pickle.error) << pickle.error->message;
  NodeId at = pickle.root;
  for (std::size_t i = 0; i < depth; ++i) at = pickle.tree.items(at)[0];
  EXPECT_EQ(pickle.tree.items(at).size(), 0U);
}

TEST(Pickle, keeps_within_its_memory) {
  for (const std::string& one : {"}"s, "("s, "2"s, "q\x01"s, "\x85"s, ")\x94"s}) {
    std::string bytes = "\x80\x02)";
    while (bytes.size() < 400000) bytes += one;
    const std::size_t limit = 1 << 20;
    const Unpickled pickle = read(bytes + ".", limit);
    EXPECT_LE(pickle.tree.memory_bytes(), limit + 8192);
    if (pickle.error && pickle.error->kind == ErrorKind::unsupported) continue;
    // Memoising one value over and over costs nothing.
    EXPECT_EQ(one, "q\x01");
  }
}

TEST(Pickle, a_list_may_hold_itself) {
  const Unpickled pickle = read("\x80\x02]q\x00h\x00"s + "a."s);
  ASSERT_FALSE(pickle.error);
  EXPECT_EQ(pickle.tree.items(pickle.root)[0], pickle.root);
}

TEST(Pickle, says_what_is_wrong) {
  EXPECT_THAT(error_of("\x80\x02\x82\x01."), HasSubstr("opcode 0x82"));
  EXPECT_THAT(error_of("\x80\x02}r\xff\xff\xff\xff."), HasSubstr("memo index 4294967295"));
  EXPECT_THAT(error_of("\x80\x02}r\xff\xff\x01\x00."s), "");
  EXPECT_THAT(error_of("\x80\x02j\x01\x00\x00\x00."s), HasSubstr("never set"));
  EXPECT_THAT(error_of("\x80\x02\x8b\xff\xff\xff\x7f."), HasSubstr("middle of a value"));
  EXPECT_THAT(error_of("\x80\x02}(R."), HasSubstr("empty stack"));
  EXPECT_THAT(error_of("\x80\x02}}b."), HasSubstr("state to a plain value"));
}

// The signs and lengths of LONG1: pickle.dumps(v, 2) of CPython.
TEST(Pickle, reads_long_integers_of_every_length) {
  const auto value = [](const std::string& bytes) {
    const Unpickled pickle = read("\x80\x02" + bytes + ".");
    return pickle.tree.integer(pickle.root);
  };
  EXPECT_EQ(value("\x8a\x00"s), 0);
  EXPECT_EQ(value("\x8a\x01\xff"s), -1);
  EXPECT_EQ(value("\x8a\x05\x00\x00\x00\x80\x00"s), std::int64_t{1} << 31);
  EXPECT_EQ(value("\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80"s), INT64_MIN);
  EXPECT_EQ(value("\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00"s), std::nullopt);
}

TEST(Pickle, refuses_texts_that_python_cannot_decode) {
  EXPECT_THAT(error_of("\x80\x02X\x02\x00\x00\x00"s + "a\xff."), HasSubstr("a text is not UTF-8"));
  EXPECT_THAT(error_of("\x80\x04\x8c\x02"s + "\xc3(."), HasSubstr("a text is not UTF-8"));
  EXPECT_EQ(error_of("\x80\x02X\x03\x00\x00\x00"s + "a\xc3\xbc."), "");
  EXPECT_EQ(error_of("\x80\x02X\x03\x00\x00\x00"s + "\xed\xa0\x80."), "");  // a surrogate
  EXPECT_EQ(error_of("\x80\x02U\x02"s + "a\xff."), "");  // a str of Python 2 is bytes
}

}  // namespace
}  // namespace effgate
