#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace soarm::test {

// A program under test as a process of its own, with its stderr kept. Ends with the object: it is
// killed when it still runs.
//
// Threads  one.
class Process {
 public:
  static constexpr std::chrono::milliseconds kPatience = std::chrono::seconds(20);

  // `program` is a name in the build's bin folder, e.g. "soarmd". With `closed` it is started
  // without the descriptors 0, 1 and 2, and there is no stderr to read. With `most_files` it may
  // have so many descriptors at most.
  Process(const std::string& program, const std::vector<std::string>& args, bool closed = false,
          std::size_t most_files = 0);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  // The first line of stderr that starts with `prefix`, waited for; nothing when the program ended
  // or `kPatience` passed without one.
  std::optional<std::string> WaitForLine(const std::string& prefix);
  void Signal(int signal) const;
  // Fills the pipe behind its stderr: until somebody reads it, a write() there does not return.
  void BlockErrors() const;
  // As WaitForExit(), with stderr left as it is.
  std::optional<int> WaitForExitUnread();
  // The exit code, waited for; minus the signal's number when one ended it; nothing when it still
  // runs after `kPatience`.
  std::optional<int> WaitForExit();
  bool IsRunning();
  // What it has written to stderr so far.
  const std::string& errors();
  // Resident memory in bytes; 0 when it cannot be read.
  std::size_t resident_bytes() const;

 private:
  void Reap();
  // Reads what is there, waiting at most so long for the first byte; false at the end of stderr.
  bool ReadSome(std::chrono::milliseconds patience);

  pid_t pid_ = -1;
  int stderr_ = -1;
  std::string text_;
  std::optional<int> exit_;
};

// A folder that disappears with the object; short enough for Unix sockets.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }
  void Write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

}  // namespace soarm::test
