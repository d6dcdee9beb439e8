#include "reports/markdown.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

TEST(Markdown, leaves_plain_words_alone) {
  EXPECT_EQ(markdown_text("2.6.0 is slower"), "2.6.0 is slower");
}

TEST(Markdown, escapes_what_would_end_the_cell_or_be_html) {
  EXPECT_EQ(markdown_text("a|b <img> x_y `c` *d* \\\nnext"),
            "a\\|b \\<img\\> x\\_y \\`c\\` \\*d\\* \\\\ next");
}

}  // namespace
}  // namespace effgate
