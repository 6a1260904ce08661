#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "server/core/robot.h"
#include "server/service/edge/joint_targets.h"
#include "soarm/v1/motion.pb.h"

namespace soarm {

// What the edge knows about a command on its way to the tick and the tick's verdict lacks.
struct CommandNote {
  std::uint64_t sequence = 0;
  const GroupInfo* group = nullptr;
  bool beat_echoed = false;
  std::optional<Nanos> granted_ttl;
  PerJoint<ClippedJoint> clips;  // of the conversion
};

// Completes the tick's verdicts with the notes taken when their commands were posted.
//
// Threads  none of its own: guarded by its stream.
class VerdictNotes {
 public:
  explicit VerdictNotes(const Robot& robot) : robot_(robot) {}

  void Add(CommandNote note);
  // The wire's form of `record`; the notes of its commands are used up.
  v1::Verdict Complete(const VerdictRecord& record);

 private:
  static constexpr std::size_t kMostNotes = 512;  // commands in flight; older ones are forgotten

  const Robot& robot_;
  std::deque<CommandNote> notes_;
};

// An answer that was decided before any tick.
v1::Verdict EarlyVerdict(std::uint64_t sequence, v1::VerdictKind kind, MonoTime now,
                         const absl::Status& why);

}  // namespace soarm
