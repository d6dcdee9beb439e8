extern "C" [[gnu::visibility("default")]] void needed_function() {}
