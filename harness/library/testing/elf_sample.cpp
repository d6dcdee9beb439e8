// A shared object whose dynamic section and symbols a test knows.
extern "C" void needed_function();
extern "C" [[gnu::visibility("default")]] void sample_function() { needed_function(); }
// The constructor by which libc10.so of the old string ABI is recognised.
[[gnu::visibility("default")]] void constructor() asm("_ZN3c105ErrorC2ENS_14SourceLocationESs");
void constructor() {}
