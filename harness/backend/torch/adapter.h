#pragma once

#include "harness/backend/backend.h"

// The functions that each file puts into the table.
namespace effgate {

void add_identity(effgate_backend& table);
void add_session(effgate_backend& table);
void add_tensors(effgate_backend& table);
void add_operators(effgate_backend& table);
void add_loaders(effgate_backend& table);
void add_timing(effgate_backend& table);

}  // namespace effgate
