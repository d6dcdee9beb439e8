# effgate_library(NAME SOURCES … HEADERS … DEPS … TESTS … [TEST_DEPS …])
#   A room of the house: static library effgate_NAME, one check per header that it compiles when
#   it comes first, and a test program NAME_test. A room without SOURCES has headers alone.
function(effgate_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;DEPS;TESTS;TEST_DEPS" ${ARGN})
  if(ARG_SOURCES)
    add_library(effgate_${name} STATIC ${ARG_SOURCES} ${ARG_HEADERS})
    target_link_libraries(effgate_${name} PUBLIC effgate_flags ${ARG_DEPS})
  else()
    add_library(effgate_${name} INTERFACE)
    target_link_libraries(effgate_${name} INTERFACE effgate_flags ${ARG_DEPS})
  endif()
  if(NOT EFFGATE_DEVELOPER)
    return()
  endif()
  effgate_check_headers(${name} ${ARG_HEADERS})
  if(ARG_TESTS)
    effgate_test(${name}_test SOURCES ${ARG_TESTS} DEPS effgate_${name} ${ARG_TEST_DEPS})
  endif()
endfunction()

# Each header is compiled alone, so that it includes what it uses. A sanitizer would find no more.
function(effgate_check_headers name)
  if(EFFGATE_SANITIZE)
    return()
  endif()
  set(sources)
  foreach(header IN LISTS ARGN)
    file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${header})
    string(MAKE_C_IDENTIFIER ${path} identifier)
    set(source ${CMAKE_BINARY_DIR}/header_checks/${identifier}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${path}\"\n#include \"${path}\"\n")
    list(APPEND sources ${source})
  endforeach()
  if(sources)
    add_library(effgate_${name}_headers OBJECT ${sources})
    target_link_libraries(effgate_${name}_headers PRIVATE effgate_${name})
  endif()
endfunction()

# effgate_test(NAME SOURCES … DEPS … [LABELS …] [TIMEOUT S]): one GoogleTest program; every test
# in it is a ctest of its own and runs in the source tree with the paths it may need in its
# environment.
function(effgate_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT EFFGATE_DEVELOPER)
    return()
  endif()
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} effgate_flags GTest::gmock GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  # One value in each of the two properties, because a list would be taken apart on its way.
  gtest_discover_tests(${name}
    DISCOVERY_MODE PRE_TEST
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
    TEST_PREFIX "${name}."
    PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
      ENVIRONMENT "EFFGATE_SOURCE_DIR=${CMAKE_SOURCE_DIR}"
      ENVIRONMENT_MODIFICATION "EFFGATE_BUILD_DIR=set:${CMAKE_BINARY_DIR}")
endfunction()

# effgate_loads_adapters(PROGRAM): tensor libraries see libstdc++'s own data (see
# harness/backend/library.cpp), so a program that loads them must not hold copies of it. A linker
# makes copies where code reaches data of shared libraries other than by the offset table. Here it
# may not, nor may it patch the code instead: all that is linked is compiled as for a shared library.
function(effgate_loads_adapters program)
  target_compile_options(${program} PRIVATE -fPIC)
  target_link_options(${program} PRIVATE -Wl,-z,nocopyreloc -Wl,-z,text)
endfunction()
