#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <absl/status/statusor.h>

#include "common/time/clock.h"
#include "server/audit/caller_budget.h"
#include "server/core/audit.h"

namespace soarm {

// Keeps events in a file, a JSON object per line, oldest first: "at" (UTC), "who", "what",
// "outcome" and the facts. At kMostBytes audit.log becomes audit.1.log, that one audit.2.log and so
// on, up to kOldFiles.
//
// What is repeated within kRepeats and has no facts is counted and written once more, with "times".
// Each caller has a budget of its own: kBurst_bytes at once, kRate_bytes_s in the long run, and as
// much again for what is grave. What is beyond is dropped and counted, and told ("events dropped")
// once a second at most, outside of all budgets. kMostCallers have one at a time; the others, while
// there are so many, share one.
//
// So the files grow by 1 KiB/s for each caller that floods, which takes one of them 2.8 hours to
// push out all that others did before; by kMostCallers + 1 times that, and as much again where all
// of them are administrators, at the very worst. They never hold more than (1 + kOldFiles) *
// kMostBytes.
//
// Threads  Note() any, the file is written by a thread of its own; nobody waits for the disk but
//          Open() and the destructor.
class AuditLog final : public Audit {
 public:
  static constexpr std::size_t kMostBytes = 2 << 20;
  static constexpr std::size_t kOldFiles = 4;
  static constexpr Nanos kRepeats = std::chrono::minutes(1);
  static constexpr double kBurst_bytes = 32 << 10;
  static constexpr double kRate_bytes_s = 1 << 10;
  static constexpr std::size_t kMostCallers = 32;
  // Between two words about what was dropped.
  static constexpr Nanos kDroppedEvery = std::chrono::seconds(1);
  // Of one fact; what is longer is cut.
  static constexpr std::size_t kLongestFact = 1 << 10;

  // `clock`, which outlives it, times floods and repeats.
  //   kUnavailable  NOT_SAVED: the file cannot be opened, or is no regular file
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
  AuditLog(const Clock& clock, std::unique_ptr<File> file);

  void Settle(MonoTime now);
  // These want mutex_ held.
  CallerBudget& BudgetOf(const AuditEvent& event, MonoTime now);
  void SettleRepeated(CallerBudget& budget, MonoTime before);
  void TellDropped();
  void Write(const AuditEvent& event, std::uint64_t times, CallerBudget* budget);

  const Clock& clock_;
  const std::unique_ptr<File> file_;

  std::mutex mutex_;                             // guards what follows
  std::map<std::string, CallerBudget> budgets_;  // by BudgetKey()
  CallerBudget others_;                          // of whoever finds no room there
  std::optional<MonoTime> dropped_since_;        // that something was, and not told yet
  std::size_t lost_told_ = 0;                    // lines
};

}  // namespace soarm
