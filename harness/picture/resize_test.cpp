#include "harness/picture/resize.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

#include "harness/base/hash.h"
#include "harness/picture/test_pattern.h"

namespace effgate {
namespace {

struct Resize {
  std::int64_t from_width, from_height, to_width, to_height;
  std::string sha256;
};

// SHA-256 of the RGB bytes of Image.resize(size, Image.BILINEAR), Pillow 9.4.0;
// fixtures/record_preprocessing.py prints these rows.
const Resize kOfPillow[] = {
    {64, 48, 64, 48, "d50a1768b65b280e3a002fb82cc96530ab539b0aba0eae7069c422f211d407bb"},
    {64, 48, 32, 24, "b4dc9ed94471d8c2ddcbb7fbde87625f517709ef4742824fd3ec64f4715eead3"},
    {64, 48, 31, 17, "a0411522d921f4e6a0ebf1819fe543d24e305c2d7e7715489d6399053fa82dd9"},
    {100, 75, 128, 96, "454cdba8241ed08fcd89d4a22615baf024986c2243dd9396fe8d51ed8b1a9d30"},
    {640, 427, 512, 341, "3e9589d9a476e75bebff448271938c98e70646694190a2a0f1ca3aa50bca8fa4"},
    {333, 500, 213, 320, "a6c80a6976ce06d7a5b4ac582623c72927c826c335cb5e2284e19e97e69cad5d"},
    {7, 5, 200, 100, "71b8bcf2f2bbb3e22ede8737c3a27c5cbbe3e35a8540790d6dfac3b4ac5cc640"},
    {1, 1, 5, 3, "e7164d1c213e4dbc5eb3680872321ef78c491fec7e2da11c18d1bd29121bc679"},
    {300, 2, 10, 1, "64c256136ea639f728ca96f013f02833ecbcdf59d72768f30c1f43ab22a9f8e7"},
    {50, 40, 50, 20, "06a7a11400b1c0d040ca9e69a05ba97a2ac83d03653d5819004554c42cbb8108"},
    {50, 40, 25, 40, "e96e3558d76289d38d50c2aa86c5f784bbe6656c8222f83e1b410a2ca18535b3"},
    {1024, 1, 3, 1, "dc4973474987a6ecbf8a7234ccec4e20e1ca282f25e2b0d42e066c67d07968d1"},
    {37, 53, 36, 52, "e4b0348c55ae8ca3c89f2044d3de038633b5dce079efefab13e3e6aaa6eb911a"},
    {257, 129, 768, 385, "a8b9e731bdc7f5d9bcf3e0b5b441feba78cb962a680e921d2661f8a653795e20"},
};

TEST(Resize, gives_the_bytes_that_Pillow_gives) {
  for (const Resize& each : kOfPillow) {
    const Picture result =
        resized(test_pattern(each.from_width, each.from_height), each.to_width, each.to_height);
    EXPECT_EQ(result.width, each.to_width);
    EXPECT_EQ(result.height, each.to_height);
    EXPECT_EQ(sha256_hex(std::as_bytes(std::span(result.bytes))), each.sha256)
        << each.from_width << "x" << each.from_height << " to " << each.to_width << "x"
        << each.to_height;
  }
}

}  // namespace
}  // namespace effgate
