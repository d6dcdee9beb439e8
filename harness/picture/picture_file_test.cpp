#include "harness/picture/picture_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/picture/jpeg.h"
#include "harness/picture/png.h"
#include "harness/picture/test_pattern.h"

namespace effgate {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

fs::path pictures() { return fs::path(std::getenv("EFFGATE_SOURCE_DIR")) / "fixtures/pictures"; }

nlohmann::json stored_pictures() {
  const auto text = read_text_file(pictures() / "manifest.json");
  EXPECT_TRUE(text.ok());
  return nlohmann::json::parse(text.ok() ? *text : R"({"files": []})").at("files");
}

std::string content(const fs::path& path) {
  const auto text = read_text_file(path);
  EXPECT_TRUE(text.ok()) << path;
  return text.ok() ? *text : "";
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

int largest_difference(const Picture& a, const Picture& b) {
  if (a.bytes.size() != b.bytes.size()) return 256;
  int largest = 0;
  for (std::size_t i = 0; i < a.bytes.size(); ++i)
    largest = std::max(largest, std::abs(int{a.bytes[i]} - int{b.bytes[i]}));
  return largest;
}

TEST(PictureFile, every_form_of_PNG_gives_the_pixels_that_Pillow_gives) {
  int seen = 0;
  for (const nlohmann::json& entry : stored_pictures()) {
    const std::string name = entry.at("file");
    if (!name.ends_with(".png")) continue;
    ++seen;
    const auto picture = read_picture(pictures() / name);
    ASSERT_TRUE(picture.ok()) << picture.error().message;
    EXPECT_EQ(picture->width, entry.at("width").get<std::int64_t>()) << name;
    EXPECT_EQ(picture->height, entry.at("height").get<std::int64_t>()) << name;
    EXPECT_EQ(sha256_hex(std::as_bytes(std::span(picture->bytes))),
              entry.at("rgb_sha256").get<std::string>())
        << name;
  }
  EXPECT_EQ(seen, 16);
}

// Decoders may differ by one or two in the inverse cosine transform.
TEST(PictureFile, every_form_of_JPEG_gives_the_pixels_that_Pillow_gives) {
  int seen = 0;
  for (const nlohmann::json& entry : stored_pictures()) {
    const std::string name = entry.at("file");
    if (!name.ends_with(".jpg")) continue;
    ++seen;
    const auto picture = read_picture(pictures() / name);
    ASSERT_TRUE(picture.ok()) << picture.error().message;
    const auto expected = read_picture(pictures() / (name + ".expected.png"));
    ASSERT_TRUE(expected.ok()) << expected.error().message;
    EXPECT_LE(largest_difference(*picture, *expected), 2) << name;
  }
  EXPECT_EQ(seen, 6);
}

TEST(PictureFile, a_written_PNG_is_read_as_it_was) {
  const Picture picture = test_pattern(41, 23);
  const auto file = encode_png(picture);
  ASSERT_TRUE(file.ok());
  const auto read = decode_png(bytes_of(*file));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->width, 41);
  EXPECT_EQ(read->bytes, picture.bytes);
}

TEST(PictureFile, the_name_says_how_a_picture_is_written) {
  const auto folder = TemporaryDirectory::create();
  ASSERT_TRUE(folder.ok());
  const Picture picture = Picture::filled(20, 10, {200, 100, 50});
  for (const char* name : {"a.png", "b.jpg", "c.JPEG"}) {
    ASSERT_TRUE(write_picture(folder->path() / name, picture).ok()) << name;
    const auto read = read_picture(folder->path() / name);
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_LE(largest_difference(*read, picture), 2) << name;
  }
  EXPECT_TRUE(is_png(bytes_of(content(folder->path() / "a.png"))));
  EXPECT_TRUE(is_jpeg(bytes_of(content(folder->path() / "b.jpg"))));
  const Status refused = write_picture(folder->path() / "d.gif", picture);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_FALSE(fs::exists(folder->path() / "d.gif"));
}

TEST(PictureFile, a_file_that_is_neither_is_refused_by_name) {
  const auto folder = TemporaryDirectory::create();
  ASSERT_TRUE(folder.ok());
  const fs::path path = folder->path() / "note.jpg";
  ASSERT_TRUE(write_file_atomically(path, "GIF89a, or so it says").ok());
  const auto picture = read_picture(path);
  ASSERT_FALSE(picture.ok());
  EXPECT_EQ(picture.error().kind, ErrorKind::malformed);
  EXPECT_THAT(picture.error().message, HasSubstr("note.jpg: it is not a JPEG or PNG"));
  EXPECT_FALSE(*is_picture_file(path));
  EXPECT_TRUE(*is_picture_file(pictures() / "rgb8.png"));
  EXPECT_TRUE(*is_picture_file(pictures() / "grey.jpg"));
}

// Whole pictures of the same bytes are accepted above.
TEST(PictureFile, no_cut_of_a_file_is_taken_for_a_picture) {
  for (const char* name : {"rgb8.png", "rgb8-interlaced.png", "palette8.png", "colour-420.jpg",
                           "colour-progressive.jpg", "cmyk.jpg"}) {
    const std::string whole = content(pictures() / name);
    const bool png = is_png(bytes_of(whole));
    // A JPEG without its two last bytes, the end marker, still has every pixel.
    const std::size_t most = png ? whole.size() : whole.size() - 2;
    for (std::size_t length = 0; length < most; ++length) {
      const auto cut = bytes_of(whole).first(length);
      EXPECT_FALSE((png ? decode_png(cut) : decode_jpeg(cut)).ok()) << name << " at " << length;
    }
  }
}

// Nothing to expect of the pixels: that it comes back at all, within its size.
TEST(PictureFile, no_flipped_bit_does_harm) {
  for (const char* name : {"rgb8-interlaced.png", "palette8-transparent.png", "colour-420.jpg",
                           "colour-progressive.jpg", "cmyk.jpg"}) {
    std::string bytes = content(pictures() / name);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      const char good = bytes[at];
      bytes[at] = static_cast<char>(good ^ (1 << at % 8));
      const auto picture =
          is_png(bytes_of(bytes)) ? decode_png(bytes_of(bytes)) : decode_jpeg(bytes_of(bytes));
      if (picture.ok()) {
        EXPECT_TRUE(check_picture_size(picture->width, picture->height).ok());
        EXPECT_EQ(picture->bytes.size(),
                  static_cast<std::size_t>(picture->width * picture->height * 3));
      }
      bytes[at] = good;
    }
  }
}

// The header alone, with another width: libpng and libjpeg would both go on.
TEST(PictureFile, a_picture_that_would_not_fit_in_memory_is_refused_by_its_header) {
  EXPECT_TRUE(check_picture_size(10000, 10000).ok());
  EXPECT_TRUE(check_picture_size(65535, 1).ok());
  for (const auto& [width, height] : {std::pair{10001, 10000}, {65536, 1}, {0, 5}, {5, -1}})
    EXPECT_FALSE(check_picture_size(width, height).ok()) << width << "x" << height;

  std::string jpeg = content(pictures() / "colour.jpg");
  const std::size_t frame = jpeg.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, "\x7F\xFF\x7F\xFF");  // height and width
  const auto picture = decode_jpeg(bytes_of(jpeg));
  ASSERT_FALSE(picture.ok());
  EXPECT_THAT(picture.error().message, HasSubstr("32767x32767"));
}

}  // namespace
}  // namespace effgate
