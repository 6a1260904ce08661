#pragma once

#include <cstddef>
#include <string>

#include <sys/types.h>

namespace soarm {

inline constexpr std::size_t kMostInSmallFile = std::size_t{1} << 20;  // bytes

// What a file holds, or why that is not known.
struct SmallFile {
  std::string text;
  bool missing = false;  // there is none
  mode_t mode = 0;       // of one that was opened: its rights
  uid_t owner = 0;       // of one that was opened
  std::string fault;     // "it is a directory"; empty: `text` is all of it
  std::string
      fix;  // one imperative sentence; empty without a fault; where it is missing, both say so

  bool is_read() const { return !missing && fault.empty(); }
};

// Reads a file that a person or the daemon wrote, and nothing else: what is no regular file could
// be waited for or read without end, and is not touched, as is what is too large to be meant.
SmallFile ReadSmallFile(const std::string& path);

// "it is a pipe" of what is at `path`, or where it leads to, and no regular file: what is opened
// there could hold up for ever whoever does. Empty: a regular file, or nothing that is known.
std::string WhyNoRegularFile(const std::string& path);

// What to do about `error`, an errno of a file's; `otherwise` where it is a matter of rights,
// places or of something rarer.
std::string FixOfFileError(int error, const std::string& otherwise);

}  // namespace soarm
