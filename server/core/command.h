#pragma once

#include <array>
#include <cstdint>

#include "server/core/joint.h"

namespace soarm {

// One command for one group, converted and shape-checked by the edge; whether it may act is
// decided in the tick. Trivially copyable: travels through a Mailbox.
struct GroupCommand {
  std::uint64_t stream = 0;    // who sent it: verdicts go back there; 0 = nobody listens
  std::uint64_t sequence = 0;  // the sender's number within the stream
  std::uint64_t epoch = 0;
  std::uint64_t fence = 0;
  MonoTime received_at{};
  MonoTime not_after{};  // never executed later than this
  JointMask joints = 0;  // which entries of `target` are set; the others keep their goal
  std::array<double, kMaxJoints> target{};  // rad or rad/s, bus order
};

}  // namespace soarm
