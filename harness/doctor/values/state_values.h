#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/checkpoint/checkpoint.h"
#include "harness/doctor/interpretation.h"
#include "harness/doctor/values/initial_weights.h"

namespace effgate {

// The small tensors of a state dict by effdet's names, read as numbers. Tensors may share storage
// without end, so that only so many bytes are read of all together; what is beyond reads as empty.
class StateValues {
 public:
  StateValues(const Checkpoint& checkpoint, const Interpretation& interpretation)
      : checkpoint_(checkpoint), interpretation_(interpretation) {}

  // Empty where there is no such tensor, or one longer than any bias.
  std::vector<float> read(const std::string& name) const;
  // Whether there is such a tensor and every element is `value`.
  bool all_are(const std::string& name, float value) const;
  // The same where float16 or bfloat16 may have held the tensor before: every element is `value`,
  // or every one what one of them makes of it.
  bool all_are_stored(const std::string& name, float value) const;
  bool has(const std::string& name) const { return entry(name) != nullptr; }

  // The moments of a convolution's first weights: each is as good a sample as any other. Of no
  // elements where they cannot be read.
  WeightMoments weight_moments(const ParamSpec& weight) const;

 private:
  const TensorEntry* entry(const std::string& name) const {
    return checkpoint_.find(interpretation_.stored_name(name));
  }

  const Checkpoint& checkpoint_;
  const Interpretation& interpretation_;
  mutable std::uint64_t budget_ = std::uint64_t{128} << 20;  // bytes that may still be read
};

}  // namespace effgate
