#include "harness/library/elf.h"

#include <elf.h>
#include <fmt/format.h>

#include <cstring>
#include <optional>

#include "harness/base/files.h"
#include "harness/base/text.h"

namespace effgate {
namespace {

// A file whose every read is checked against its end.
class ElfFile {
 public:
  ElfFile(std::span<const std::byte> bytes, std::string_view path) : bytes_(bytes), path_(path) {}

  Status check_header() {
    EFFGATE_ASSIGN(header_, read<Elf64_Ehdr>(0));
    if (std::memcmp(header_.e_ident, ELFMAG, SELFMAG) != 0) return broken("it is no ELF file");
    if (header_.e_ident[EI_CLASS] != ELFCLASS64 || header_.e_ident[EI_DATA] != ELFDATA2LSB) {
      return broken("it is not 64-bit little-endian");
    }
    if (header_.e_shentsize != sizeof(Elf64_Shdr)) return broken("it has no section headers");
    return success();
  }

  // The first section of that type; empty where there is none.
  Result<std::optional<Elf64_Shdr>> section(Elf64_Word type) const {
    for (std::uint64_t i = 0; i < header_.e_shnum; ++i) {
      EFFGATE_ASSIGN(const Elf64_Shdr found, section_at(i));
      if (found.sh_type == type) return std::optional(found);
    }
    return std::optional<Elf64_Shdr>();
  }

  Result<Elf64_Shdr> section_at(std::uint64_t index) const {
    if (index >= header_.e_shnum) return broken("it names a section that is not there");
    return read<Elf64_Shdr>(header_.e_shoff + index * sizeof(Elf64_Shdr));
  }

  Result<std::span<const std::byte>> content(const Elf64_Shdr& section) const {
    if (section.sh_offset > bytes_.size() || section.sh_size > bytes_.size() - section.sh_offset) {
      return broken("a section reaches beyond its end");
    }
    return bytes_.subspan(section.sh_offset, section.sh_size);
  }

  Result<std::string_view> text(std::span<const std::byte> strings, std::uint64_t offset) const {
    if (offset >= strings.size()) return broken("a name lies outside of its string table");
    const std::string_view rest(reinterpret_cast<const char*>(strings.data()) + offset,
                                strings.size() - offset);
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) return broken("a name has no end");
    return rest.substr(0, end);
  }

  template <typename T>
  Result<T> read(std::uint64_t offset) const {
    if (offset > bytes_.size() || sizeof(T) > bytes_.size() - offset) {
      return broken("it ends early");
    }
    return read_from<T>(bytes_, offset);
  }

  // `offset` and the size of T lie inside.
  template <typename T>
  static T read_from(std::span<const std::byte> bytes, std::uint64_t offset) {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
  }

  Error broken(std::string_view why) const {
    return Error{ErrorKind::malformed, fmt::format("reading {}: {}", path_, why)};
  }

 private:
  std::span<const std::byte> bytes_;
  std::string_view path_;
  Elf64_Ehdr header_{};
};

// A table of entries and the strings their names lie in.
struct Table {
  std::span<const std::byte> entries;
  std::span<const std::byte> strings;
};

Result<Table> table_of(const ElfFile& file, Elf64_Word type, std::string_view what) {
  EFFGATE_ASSIGN(const std::optional<Elf64_Shdr> section, file.section(type));
  if (!section) return file.broken(fmt::format("it has no {}", what));
  EFFGATE_ASSIGN(const Elf64_Shdr names, file.section_at(section->sh_link));
  Table table;
  EFFGATE_ASSIGN(table.entries, file.content(*section));
  EFFGATE_ASSIGN(table.strings, file.content(names));
  return table;
}

bool is_exported(const Elf64_Sym& symbol) {
  const unsigned binding = ELF64_ST_BIND(symbol.st_info);
  return symbol.st_shndx != SHN_UNDEF && (binding == STB_GLOBAL || binding == STB_WEAK);
}

}  // namespace

bool is_shared_object_name(std::string_view name) {
  constexpr std::string_view kSuffix = ".so";
  const std::size_t at = name.rfind(kSuffix);
  if (at == std::string_view::npos || name.back() == '.') return false;
  const std::string_view version = name.substr(at + kSuffix.size());
  return version.empty() ||
         (version.front() == '.' && version.find_first_not_of(".0123456789") == version.npos);
}

Result<SharedObject> read_shared_object(std::span<const std::byte> bytes, std::string_view path) {
  ElfFile file(bytes, path);
  EFFGATE_TRY(file.check_header());
  EFFGATE_ASSIGN(const Table table, table_of(file, SHT_DYNAMIC, "dynamic section"));
  SharedObject object;
  std::string old_run_path;
  std::string run_path;
  for (std::size_t at = 0; table.entries.size() - at >= sizeof(Elf64_Dyn);
       at += sizeof(Elf64_Dyn)) {
    const auto entry = ElfFile::read_from<Elf64_Dyn>(table.entries, at);
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag != DT_NEEDED && entry.d_tag != DT_SONAME && entry.d_tag != DT_RPATH &&
        entry.d_tag != DT_RUNPATH) {
      continue;
    }
    EFFGATE_ASSIGN(const std::string_view text, file.text(table.strings, entry.d_un.d_val));
    if (entry.d_tag == DT_NEEDED) object.needed.emplace_back(text);
    if (entry.d_tag == DT_SONAME) object.soname = text;
    if (entry.d_tag == DT_RPATH) old_run_path = text;
    if (entry.d_tag == DT_RUNPATH) run_path = text;
  }
  const std::string& searched = run_path.empty() ? old_run_path : run_path;
  if (!searched.empty()) object.run_path = split(searched, ':');
  return object;
}

Result<SharedObject> read_shared_object(const std::filesystem::path& path) {
  EFFGATE_ASSIGN(const MappedFile file, MappedFile::open(path));
  return read_shared_object(file.bytes(), path.string());
}

Status visit_exported_symbols(std::span<const std::byte> bytes, std::string_view path,
                              const SymbolVisitor& seen) {
  ElfFile file(bytes, path);
  EFFGATE_TRY(file.check_header());
  EFFGATE_ASSIGN(const Table table, table_of(file, SHT_DYNSYM, "dynamic symbols"));
  for (std::size_t at = 0; table.entries.size() - at >= sizeof(Elf64_Sym);
       at += sizeof(Elf64_Sym)) {
    const auto symbol = ElfFile::read_from<Elf64_Sym>(table.entries, at);
    if (!is_exported(symbol)) continue;
    EFFGATE_ASSIGN(const std::string_view name, file.text(table.strings, symbol.st_name));
    if (!seen(name)) break;
  }
  return success();
}

}  // namespace effgate
