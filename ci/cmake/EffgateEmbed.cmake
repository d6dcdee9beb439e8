# effgate_embed(SOURCE HEADER FUNCTION FILE …): writes the C++ source SOURCE that defines
#   std::string_view FUNCTION(std::string_view name)
# declared in HEADER, which gives the content of each FILE by its name, so that pages stay real
# files one can open and the program needs none of them at run time.
function(effgate_embed source header function)
  set(rows)
  foreach(file IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} content)
    get_filename_component(name ${file} NAME)
    string(APPEND rows "  if (name == \"${name}\") return R\"effgate(${content})effgate\";\n")
  endforeach()
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT
"#include \"@header@\"

namespace effgate {

std::string_view @function@(std::string_view name) {
@rows@  return {};
}

}  // namespace effgate
")
endfunction()
