# How everything here is compiled, and with which tools where they are present.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
# Assertions stay on; no debug information, which would cost a tenth of the build.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2")

find_program(EFFGATE_CCACHE ccache)
if(EFFGATE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${EFFGATE_CCACHE})
endif()
find_program(EFFGATE_MOLD mold)
if(EFFGATE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(effgate_flags INTERFACE)
target_include_directories(effgate_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(effgate_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wold-style-cast
  -ffunction-sections -fdata-sections)
target_link_options(effgate_flags INTERFACE -Wl,--as-needed -Wl,--gc-sections)
if(EFFGATE_DEVELOPER)
  target_compile_options(effgate_flags INTERFACE -Werror)
endif()
if(EFFGATE_SANITIZE)
  target_compile_options(effgate_flags INTERFACE
    -fsanitize=${EFFGATE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(effgate_flags INTERFACE -fsanitize=${EFFGATE_SANITIZE})
endif()
