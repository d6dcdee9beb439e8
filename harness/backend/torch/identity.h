#pragma once

#include <string>

namespace effgate {

// The file that holds `address`, by the dynamic loader's own list; "" where none does.
std::string loaded_file_of(const void* address);

// The loaded libtorch_cpu.
const std::string& libtorch_file();

}  // namespace effgate
