// What fmt defines besides its headers, compiled once. Debian has fmt as a shared library, which a
// cell must not load beside the copies that tensor libraries bring, and as headers alone, which
// compile its number formatting again in every file: 2.5 s each, half of the whole build.
#include <fmt/format-inl.h>

#include <locale>

FMT_BEGIN_NAMESPACE
namespace detail {

template FMT_API auto locale_ref::get<std::locale>() const -> std::locale;
template FMT_API auto thousands_sep_impl<char>(locale_ref) -> thousands_sep_result<char>;
template FMT_API auto decimal_point_impl<char>(locale_ref) -> char;
template FMT_API void vformat_to<char>(buffer<char>&, basic_string_view<char>,
                                       basic_format_args<buffer_context<char>>, locale_ref);

}  // namespace detail
FMT_END_NAMESPACE
