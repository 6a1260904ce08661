#pragma once

#include <string>

namespace soarm {

// Who has `path` open, e.g. "process 1234 (python3 -m lerobot...)"; empty when it cannot be read,
// as for other users' processes. Slow side only: walks /proc.
std::string FindPortHolder(const std::string& path);

}  // namespace soarm
