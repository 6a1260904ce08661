#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include <absl/status/status.h>

namespace soarm {

// The largest number that a file of the state directory may hold.
inline constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// BAD_STATE_FILE: the file at `path` cannot be read. `holds` begins the message, as in
// "The saved poses"; `what` is wrong ends it, and `fix` is one imperative sentence.
absl::Status Unreadable(const std::string& holds, const std::string& path, const std::string& what,
                        const std::string& fix);

}  // namespace soarm
