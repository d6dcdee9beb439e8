#pragma once

#include "harness/base/result.h"
#include "harness/cell/protocol.h"

namespace effgate {

// What a cell is doing; the same kind of error means another thing in another stage.
enum class Stage {
  library,         // loading the library
  device,          // opening a session on the device
  checkpoint,      // reading the checkpoint
  state_dict,      // finding the state dict in a checkpoint file that is there
  library_loader,  // letting the library's own loaders read it
  network,         // building the network for its size
  input,           // reading the input or the truth
  compute,         // anything the library computes
  output,          // writing what was asked for
};

// The one table from what went wrong to the contract's status and reason code.
EndRecord ending_of(Stage stage, const Error& error);

// A cell that ran to its end; only the policy can say pass or drift.
EndRecord measured();

}  // namespace effgate
