#pragma once

#include <string>
#include <string_view>

namespace effgate {

// "1 cell", "2 cells": a number with its noun.
std::string counted(long long number, std::string_view noun);

}  // namespace effgate
