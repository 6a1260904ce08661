#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <absl/status/status.h>
#include <sys/types.h>

namespace soarm {

inline constexpr mode_t kPlainMode = 0644;
inline constexpr mode_t kSecretMode = 0600;
inline constexpr char kStateDirFix[] = "Give the daemon a state directory that it may write.";

// Replaces the file at `path` by one with `content`: whoever reads it, also after a power cut,
// finds the old text or the new one, never a part. Makes the folder if there is none. Nobody but
// the owner can read it before it has its mode.
// `fix` is what to do where the place is at fault and not, say, the disk.
//   kUnavailable  NOT_SAVED, with the system's reason; the old file is as it was
absl::Status ReplaceFile(const std::string& path, std::string_view content,
                         mode_t mode = kPlainMode, const std::string& fix = kStateDirFix);

// Gives the file at `from` the name `to`, in place of a file of that name in the same folder. Works
// on a full disk.
//   kUnavailable  NOT_SAVED, with the system's reason; nothing has changed
absl::Status MoveFile(const std::string& from, const std::string& to);

// Removes the drafts that processes left beside `path` which died in ReplaceFile(), and that nobody
// has written to for `idle`: 0 where nobody else may be replacing it meanwhile.
void RemoveDrafts(const std::string& path, std::chrono::seconds idle = std::chrono::seconds(0));

}  // namespace soarm
