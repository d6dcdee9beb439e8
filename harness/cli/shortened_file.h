#pragma once

namespace effgate {

// Checkpoints are mapped, and the system answers with SIGBUS where another process has cut off the
// part that is looked at. From here on that ends this process as a bad input does, with one line on
// standard error: the file is to blame, not this program.
void tell_of_shortened_files();

}  // namespace effgate
