#include "harness/checkpoint/zip_inflate.h"

#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <memory>

namespace effgate {
namespace {

// zlib counts in 32 bits.
constexpr std::size_t kStep = std::size_t{1} << 30;

uInt step_of(std::size_t left) { return static_cast<uInt>(std::min(left, kStep)); }

struct EndInflation {
  void operator()(z_stream* stream) const { inflateEnd(stream); }
};

}  // namespace

Result<std::vector<std::byte>> inflate(std::span<const std::byte> deflated, std::uint64_t bytes) {
  const Error damaged{ErrorKind::malformed, "does not inflate to what the directory says"};
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return damaged;
  const std::unique_ptr<z_stream, EndInflation> end(&stream);
  // One more, since zlib wants a place to write to even for nothing.
  std::vector<std::byte> inflated(static_cast<std::size_t>(bytes) + 1);
  std::size_t taken = 0, made = 0;
  for (;;) {
    stream.next_in = static_cast<const Bytef*>(static_cast<const void*>(deflated.data() + taken));
    stream.next_out = static_cast<Bytef*>(static_cast<void*>(inflated.data() + made));
    const uInt offered = stream.avail_in = step_of(deflated.size() - taken);
    const uInt room = stream.avail_out = step_of(inflated.size() - made);
    const int code = ::inflate(&stream, Z_NO_FLUSH);
    taken += offered - stream.avail_in;
    made += room - stream.avail_out;
    if (code == Z_STREAM_END) break;
    // Z_BUF_ERROR: no input or no room is left, and the stream goes on.
    if (code != Z_OK) return damaged;
  }
  if (taken != deflated.size() || made != bytes) return damaged;
  inflated.pop_back();
  return inflated;
}

}  // namespace effgate
