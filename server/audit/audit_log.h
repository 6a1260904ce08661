#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <absl/status/statusor.h>

#include "common/time/clock.h"
#include "server/core/audit.h"

namespace soarm {

// Keeps events in a file, a JSON object per line, oldest first: "at" (UTC), "who", "what",
// "outcome" and the facts. At kMostBytes audit.log becomes audit.1.log, that one audit.2.log and so
// on, up to kOldFiles.
//
// What is repeated within kRepeats is counted and written once more, with "times"; more than a
// flood's worth is dropped and counted. So nobody who may call pushes out what others did before
// hours have passed.
//
// Threads  Note() any, the file is written by a thread of its own; nobody waits for the disk but
//          Open() and the destructor.
class AuditLog final : public Audit {
 public:
  static constexpr std::size_t kMostBytes = 2 << 20;
  static constexpr std::size_t kOldFiles = 4;
  static constexpr Nanos kRepeats = std::chrono::minutes(1);
  // Lines that may come at once, and how many a second in the long run.
  static constexpr double kBurst = 200;
  static constexpr double kLines_per_s = 5;

  // `clock`, which outlives it, times floods and repeats.
  //   kUnavailable  NOT_SAVED: the file cannot be opened
  static absl::StatusOr<std::unique_ptr<AuditLog>> Open(const std::string& file,
                                                        const Clock& clock);
  ~AuditLog() override;  // writes what is left
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  void Note(const AuditEvent& event) override;
  // Writes the counts of what was repeated and is not any more, and tells the log of lines that the
  // disk lost. Now and then.
  void Settle();
  // Writes all counts.
  void SettleAll();

 private:
  struct File;
  struct Repeated {
    AuditEvent event;
    MonoTime since{};
    std::uint64_t times = 0;  // after the first
  };

  AuditLog(const Clock& clock, std::unique_ptr<File> file);

  void Settle(MonoTime now);
  // These want mutex_ held.
  void WriteRepeated(const Repeated& repeated);
  void Write(const AuditEvent& event, std::uint64_t times);
  bool HasRoom(MonoTime now);

  const Clock& clock_;
  const std::unique_ptr<File> file_;

  std::mutex mutex_;                          // guards what follows
  std::map<std::string, Repeated> repeated_;  // by who, what and outcome
  double room_ = kBurst;
  MonoTime room_at_{};
  std::uint64_t dropped_ = 0;
  std::size_t lost_told_ = 0;  // lines
};

}  // namespace soarm
