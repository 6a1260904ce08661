#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "server/core/verdict.h"
#include "server/service/edge/joint_targets.h"
#include "soarm/v1/motion.pb.h"

namespace soarm {

v1::VerdictKind ToProto(VerdictKind kind);
// "POSITION", "VELOCITY", ...
std::string_view ClipKindName(ClipKind kind);

// The verdicts of one stream on their way to the client: joins equal ones while they wait, and is
// bounded, so that a client that does not read costs only its own oldest verdicts.
//
// Threads  none of its own: guarded by its stream.
class VerdictQueue {
 public:
  // Joins `verdict` to the last one when both only say the same of neighbouring commands; of an
  // error that is its reason and subject.
  void Push(v1::Verdict verdict);
  // The oldest, with the number of those lost before it.
  std::optional<v1::Verdict> Pop();
  bool empty() const { return waiting_.empty(); }
  // Whether it may wait for more to be joined: all were decided before any tick, and there is room.
  bool can_grow() const;

 private:
  static constexpr std::size_t kMostWaiting = 256;

  void DropFront();

  std::deque<v1::Verdict> waiting_;
  std::size_t of_ticks_ = 0;  // of these
  std::uint64_t lost_ = 0;
};

}  // namespace soarm
