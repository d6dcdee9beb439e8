#pragma once

#include <span>
#include <string_view>

#include "harness/graph/config.h"

namespace effgate {

// What one of effdet's names stood for at another time. Its catalogue name is NAME@SINCE: the
// first release, month or day known to have meant it, "tf_efficientdet_lite0@2020-06-14".
struct DatedModel {
  std::string_view name;
  std::string_view until;    // the day by which NAME had come to mean something else
  std::string_view changed;  // what it has instead of what NAME has today
  void (*apply)(ModelConfig&);

  std::string_view model() const;  // NAME
};

// NAME of NAME@SINCE; a name without a date is its own.
std::string_view undated(std::string_view model);

// By NAME in catalogue order, then by time.
std::span<const DatedModel> dated_models();

}  // namespace effgate
