#include "harness/process/tail.h"

#include <algorithm>

namespace effgate {

void Tail::append(std::string_view bytes) {
  if (bytes.size() > keep_bytes_) {
    forgotten_ += bytes.size() - keep_bytes_;
    bytes.remove_prefix(bytes.size() - keep_bytes_);
  }
  if (kept_.size() + bytes.size() > 2 * keep_bytes_) {
    const std::size_t surplus = kept_.size() + bytes.size() - keep_bytes_;
    forgotten_ += surplus;
    kept_.erase(0, surplus);
  }
  kept_ += bytes;
}

std::string_view Tail::text() const {
  std::string_view all = kept_;
  return all.substr(all.size() - std::min(all.size(), keep_bytes_));
}

std::string Tail::take() {
  std::string taken(text());
  forgotten_ += kept_.size() - taken.size();
  kept_.clear();
  return taken;
}

std::uint64_t Tail::dropped() const { return forgotten_ + kept_.size() - text().size(); }

}  // namespace effgate
