[[gnu::visibility("default")]] int fake_gomp() { return 0; }
