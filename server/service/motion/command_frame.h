#pragma once

#include <optional>
#include <variant>

#include <absl/status/status.h>

#include "server/service/edge/joint_targets.h"
#include "soarm/v1/motion.pb.h"

namespace soarm {

// A frame that may go to the tick.
struct AcceptedFrame {
  ResolvedTargets targets;
  MonoTime not_after{};
  std::optional<Nanos> granted_ttl;  // when the ttl asked for was clamped
};

// A frame that may not: what to answer.
struct RefusedFrame {
  v1::VerdictKind kind = v1::REJECTED;
  absl::Status why;
};

// Checks and converts one frame. `fresh_from` is when its ttl starts to count: nothing when it
// echoes a beat that was never sent.
//   REJECTED       whatever ResolveTargets() and ResolveTwist() refuse; VALIDITY_MISSING, BAD_TTL,
//                  UNKNOWN_BEAT, BODY_MISSING
//   TOO_FAR_AHEAD  not_after_ns more than 1 s ahead
std::variant<AcceptedFrame, RefusedFrame> ReadFrame(const Robot& robot,
                                                    const v1::CommandFrame& frame, MonoTime now,
                                                    std::optional<MonoTime> fresh_from);

}  // namespace soarm
