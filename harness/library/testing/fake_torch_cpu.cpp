[[gnu::visibility("default")]] int fake_torch_cpu() { return 0; }
