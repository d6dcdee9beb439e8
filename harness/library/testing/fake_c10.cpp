// Passes for libc10.so of the C++11 string ABI: it exports the constructor that tells it.
[[gnu::visibility("default")]] void constructor() asm(
    "_ZN3c105ErrorC1ENS_14SourceLocationENSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE");
void constructor() {}
