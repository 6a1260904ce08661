#pragma once

#include <string>
#include <variant>

namespace soarm {

// A lock on a file of its own, which says that a place in the file system belongs to one program,
// for as long as the object and the process live.
//
// Threads    a value that moves.
// Ownership  removes the file at the end.
class FileLock {
 public:
  // Makes the file if there is none. Else an errno: EWOULDBLOCK when somebody has the lock, others
  // when the file cannot be made or is no file of one's own.
  static std::variant<FileLock, int> Take(const std::string& path);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;

 private:
  FileLock(std::string path, int descriptor);

  std::string path_;
  int descriptor_ = -1;
};

}  // namespace soarm
