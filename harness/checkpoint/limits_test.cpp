#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "harness/base/files.h"
#include "harness/checkpoint/byte_cursor.h"
#include "harness/checkpoint/pickle.h"
#include "harness/checkpoint/reader.h"
#include "harness/checkpoint/state_dict.h"
#include "harness/checkpoint/zip_writer.h"

// What a file may make the reader keep, and not more: each kind of list has an end that no model
// comes near.

namespace effgate {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>((value >> (8 * i)) & 0xFF);
  return text;
}
std::string text(const std::string& value) { return "X" + little_endian(value.size(), 4) + value; }
std::string tuple_of(const std::string& item, std::size_t times) {
  std::string tuple = "(";
  for (std::size_t i = 0; i < times; ++i) tuple += item;
  return tuple + "t";
}
std::string repeated(const std::string& part, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += part;
  return all;
}

// Memo 0 is a tensor without elements of that many dimensions.
std::string remembered_tensor(std::size_t dimensions) {
  const std::string storage =
      "(" + text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") + "K\x00"s + "tQ";
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + "K\x00"s +
         tuple_of("K\x00"s, dimensions) + tuple_of("K\x01", dimensions) + "\x89}tRq\x00"s;
}
std::string numbered(std::size_t i) { return text("t" + std::to_string(i)); }

// A torch zip whose one pickle is `object`.
class TorchZip {
 public:
  explicit TorchZip(const std::string& object) {
    auto writer = ZipWriter::create(path());
    EXPECT_TRUE(writer.ok());
    EXPECT_TRUE(writer->add("a/data.pkl", as_byte_span("\x80\x02" + object + ".")).ok());
    EXPECT_TRUE(writer->add("a/data/0", as_byte_span("")).ok());
    EXPECT_TRUE(writer->add("a/version", as_byte_span("3\n")).ok());
    EXPECT_TRUE(writer->finish().ok());
    file_ = MappedFile::open(path());
  }
  Findings read() const { return *read_checkpoint(file_->bytes()); }

 private:
  std::filesystem::path path() const { return directory_.path() / "file.pth"; }
  TemporaryDirectory directory_ = *TemporaryDirectory::create();
  Result<MappedFile> file_ = Error{};
};

Findings read_safetensors_header(const std::string& header) {
  return *read_checkpoint(as_byte_span(little_endian(header.size(), 8) + header));
}

std::string only_problem(const Findings& findings) {
  return findings.problems.size() == 1 ? findings.problems[0].summary : "not one problem";
}

std::string state_dict_of(std::size_t tensors, std::size_t dimensions) {
  std::string object = remembered_tensor(dimensions) + "0}(";
  for (std::size_t i = 0; i < tensors; ++i) object += numbered(i) + "h\x00"s;
  return object + "u";
}

TEST(Limits, tensors_have_no_more_dimensions_together_than_any_model) {
  const Findings usual = TorchZip(state_dict_of(9000, 4)).read();
  EXPECT_THAT(usual.problems, IsEmpty());
  EXPECT_THAT(usual.tensors, SizeIs(9000));
  const Findings wide = TorchZip(state_dict_of(9000, 64)).read();
  EXPECT_EQ(only_problem(wide), "It has more tensors than any model.");
  EXPECT_THAT(wide.tensors, SizeIs(8 * 32768 / 64));
}

TEST(Limits, no_file_has_more_tensors_than_any_model) {
  EXPECT_THAT(TorchZip(state_dict_of(32768, 1)).read().problems, IsEmpty());
  const Findings many = TorchZip(state_dict_of(32769, 1)).read();
  EXPECT_EQ(only_problem(many), "It has more tensors than any model.");
  EXPECT_THAT(many.tensors, SizeIs(32768));
}

std::string safetensors_of(std::size_t tensors, const std::string& dtype,
                           const std::string& shape) {
  std::string header;
  for (std::size_t i = 0; i < tensors; ++i) {
    header += (i == 0 ? "{\"t" : ",\"t") + std::to_string(i) + "\":{\"dtype\":\"" + dtype +
              "\",\"shape\":[" + shape + "],\"data_offsets\":[0,0]}";
  }
  return header + "}";
}

TEST(Limits, a_safetensors_header_has_no_more_dimensions_than_any_model) {
  EXPECT_THAT(read_safetensors_header(safetensors_of(9000, "F32", "0,1,1,1")).problems, IsEmpty());
  const std::string wide = "0" + repeated(",1", 63);
  EXPECT_THAT(only_problem(read_safetensors_header(safetensors_of(9000, "F32", wide))),
              HasSubstr("more dimensions than any model"));
}

TEST(Limits, unsupported_tensors_are_told_of_eight_times) {
  EXPECT_THAT(read_safetensors_header(safetensors_of(3, "F4", "0")).problems, SizeIs(3));
  EXPECT_THAT(read_safetensors_header(safetensors_of(100, "F4", "0")).problems, SizeIs(8));
}

TEST(Limits, a_safetensors_header_has_no_more_metadata_than_any_model) {
  const auto header = [](std::size_t entries) {
    return "{\"__metadata__\":{\"a\":\"b\"" + repeated(",\"a\":\"b\"", entries - 1) +
           "},\"t\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}";
  };
  EXPECT_THAT(read_safetensors_header(header(100)).problems, IsEmpty());
  EXPECT_THAT(only_problem(read_safetensors_header(header(70'000))),
              HasSubstr("more metadata than any model"));
}

TEST(Limits, names_and_other_keys_are_kept_up_to_two_megabytes) {
  const std::string name(1'500'000, 'n');
  const std::string dict = remembered_tensor(1) + "0}(" + text(name) + "h\x00"s;
  const Findings one = TorchZip(dict + text("other") + "Nu").read();
  EXPECT_THAT(one.problems, IsEmpty());
  EXPECT_THAT(one.other_entries, SizeIs(1));
  const Findings two = TorchZip(dict + text(name + "2") + "h\x00"s + "u").read();
  EXPECT_EQ(only_problem(two), "It has more tensors than any model.");
  std::string others;
  for (int i = 0; i < 9000; ++i) others += text(std::string(600, 'o') + std::to_string(i)) + "N";
  const Findings many =
      TorchZip(remembered_tensor(1) + "0}(" + numbered(0) + "h\x00"s + others + "u").read();
  EXPECT_THAT(many.other_entries, SizeIs(((std::size_t{2} << 20) - 2) / 512));
}

// A module of LibTorch's archives: an object whose state has tensors and modules by name.
std::string module_of(const std::string& items) {
  return "c__torch__\nModule\n)\x81}(" + items + "ub";
}
std::vector<ArchivedValue> archived(const std::string& module) {
  const std::string bytes = "\x80\x02" + remembered_tensor(1) + "0" + module + ".";
  const Unpickled pickle = read_pickle(as_byte_span(bytes));
  EXPECT_FALSE(pickle.error.has_value());
  return archived_tensors(pickle.tree, pickle.root);
}

TEST(Limits, a_tensor_of_a_module_archive_has_no_longer_a_name_than_any_model) {
  const auto named = [](std::size_t length) {
    const std::string tensor = text(std::string(length - 101, 't')) + "h\x00"s;
    return archived(module_of(text(std::string(100, 'm')) + module_of(tensor)));
  };
  ASSERT_THAT(named(512), SizeIs(1));
  EXPECT_EQ(named(512)[0].name, std::string(100, 'm') + "." + std::string(411, 't'));
  EXPECT_THAT(named(513), IsEmpty());
}

TEST(Limits, names_of_a_module_archive_are_kept_up_to_two_megabytes) {
  const auto count_of = [](std::size_t tensors) {
    std::string items;
    for (std::size_t i = 0; i < tensors; ++i) {
      std::string name = std::to_string(i);
      name.resize(512, 't');
      items += text(name) + "h\x00"s;
    }
    return archived(module_of(items)).size();
  };
  EXPECT_EQ(count_of(4096), 4096U);
  EXPECT_EQ(count_of(4200), 4096U);
}

TEST(Limits, versions_of_modules_with_impossible_names_are_left_out) {
  const std::string version = "}" + text("version") + "K\x02s";
  const std::string metadata =
      "}(" + text("bn1") + version + text(std::string(600, 'm')) + version + "u";
  const Findings findings =
      TorchZip(remembered_tensor(1) + "0ccollections\nOrderedDict\n)R(" + numbered(0) + "h\x00"s +
               "u}" + text("_metadata") + metadata + "sb")
          .read();
  EXPECT_THAT(findings.problems, IsEmpty());
  ASSERT_THAT(findings.module_versions, SizeIs(1));
  EXPECT_EQ(findings.module_versions[0].first, "bn1");
}

TEST(Limits, a_key_that_python_cannot_decode_is_damage) {
  const auto of_key = [](const std::string& key) {
    return TorchZip(remembered_tensor(1) + "0}" + key + "h\x00s"s).read();
  };
  EXPECT_THAT(of_key("U\x03w\xc3\xbc").problems, IsEmpty());
  EXPECT_THAT(only_problem(of_key("U\x02w\xff")), HasSubstr("a name that is not UTF-8"));
  EXPECT_THAT(only_problem(of_key(text("w\xff"))), HasSubstr("a text is not UTF-8"));
}

}  // namespace
}  // namespace effgate
