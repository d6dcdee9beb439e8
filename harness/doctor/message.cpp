#include "harness/doctor/message.h"

namespace effgate {

Diagnosis diagnose_message(std::string_view, const NetworkIndex&,
                           const std::optional<std::string>& model) {
  Diagnosis diagnosis;
  diagnosis.target = model.value_or("");
  return diagnosis;
}

}  // namespace effgate
