#pragma once

#include <stop_token>
#include <string>

#include <absl/status/statusor.h>

namespace soarm::cli {

// The first line of what comes from the descriptor `fd`, without its end and the blanks around it.
// Blocks until it is there.
//   kCancelled        INTERRUPTED: `stop` was requested
//   kInvalidArgument  USAGE: it ends before there is a line, or the line is longer than 8 KiB
absl::StatusOr<std::string> ReadInputLine(int fd, const std::stop_token& stop);

}  // namespace soarm::cli
