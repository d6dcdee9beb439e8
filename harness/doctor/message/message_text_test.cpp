#include "harness/doctor/message/message_text.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

TEST(MessageText, has_no_colours_marks_or_carriage_returns) {
  EXPECT_EQ(plain_message("\xEF\xBB\xBF\x1b[1;31mError:\x1b[0m x\r\ny"), "Error: x\ny");
  EXPECT_EQ(plain_message("\x1b[31"), "");
  EXPECT_EQ(plain_message("[1;31mError[0m at [64, 3]"), "Error at [64, 3]");
}

TEST(MessageText, reads_utf_16_as_its_ascii) {
  using namespace std::string_literals;
  EXPECT_EQ(plain_message("\xFF\xFE"
                          "E\0r\0r\0\n\0x\0"s),
            "Err\nx");
}

TEST(MessageText, reads_escapes_of_a_repr_and_of_html) {
  EXPECT_EQ(plain_message(R"(a:\n\tMissing: \"k\")"), "a:\n\tMissing: \"k\"");
  EXPECT_EQ(plain_message("&quot;k&quot; &amp;quot;l&amp;quot; &lt;br&gt;"), "\"k\" \"l\" \n");
  EXPECT_EQ(plain_message("\xE2\x80\x9Ck\xE2\x80\x9D\xE2\x80\xA6"), "\"k\"...");
}

TEST(MessageText, takes_off_what_logs_and_mail_put_before_a_line) {
  EXPECT_EQ(plain_message("> > Error: x\n> > \ty"), "Error: x\n\ty");
  EXPECT_EQ(plain_message("[rank0]: Error: x\n[rank0]: \ty"), "Error: x\n\ty");
  EXPECT_EQ(plain_message("2026-01-31 12:30:01,123 - ERROR - x"), "x");
  EXPECT_EQ(plain_message("2026-01-31T12:30:01.123Z stderr F x"), "x");
}

TEST(MessageText, leaves_shapes_modules_and_numbers_at_the_start_of_a_line) {
  EXPECT_EQ(plain_message("[64, 3]).\n<module 'a'>\n9216 x"), "[64, 3]).\n<module 'a'>\n9216 x");
}

TEST(MessageText, reads_wrapped_lines_on) { EXPECT_EQ(one_line("a \n\t b\nc"), "a b c"); }

}  // namespace
}  // namespace effgate
