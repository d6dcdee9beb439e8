#pragma once

// Points in time and captures; the CUDA part derives its own kinds.
struct effgate_event {
  virtual ~effgate_event() = default;
};

struct effgate_capture {
  virtual ~effgate_capture() = default;
};
