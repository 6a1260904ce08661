#include "server/service/motion/command_frame.h"

#include <algorithm>
#include <chrono>

#include "server/service/edge/durations.h"
#include "server/service/edge/errors.h"
#include "server/service/motion/base_twist.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;

constexpr Nanos kShortestTtl = milliseconds(20);
constexpr Nanos kLongestTtl = milliseconds(500);
constexpr Nanos kLongestBaseTtl = milliseconds(250);
constexpr Nanos kFarthestAhead = std::chrono::seconds(1);

RefusedFrame Rejected(std::string_view reason, std::string_view message, std::string_view fix) {
  return {v1::REJECTED, Refuse(absl::StatusCode::kInvalidArgument, reason, "", message, fix)};
}

absl::StatusOr<ResolvedTargets> ResolveBody(const Robot& robot, const v1::CommandFrame& frame) {
  switch (frame.body_case()) {
    case v1::CommandFrame::kJoints:
      return ResolveTargets(robot, frame.group(), frame.joints().targets(), BeyondLimits::kPass);
    case v1::CommandFrame::kTwist:
      return ResolveTwist(robot, frame.group(), frame.twist());
    case v1::CommandFrame::BODY_NOT_SET:
      break;
  }
  return Refuse(absl::StatusCode::kInvalidArgument, "BODY_MISSING", "",
                "The frame commands nothing.", "Set joints or twist.");
}

}  // namespace

std::variant<AcceptedFrame, RefusedFrame> ReadFrame(const Robot& robot,
                                                    const v1::CommandFrame& frame, MonoTime now,
                                                    std::optional<MonoTime> fresh_from) {
  absl::StatusOr<ResolvedTargets> targets = ResolveBody(robot, frame);
  if (!targets.ok()) return RefusedFrame{v1::REJECTED, targets.status()};
  AcceptedFrame accepted;
  accepted.targets = *std::move(targets);
  if (!fresh_from) {
    return Rejected("UNKNOWN_BEAT",
                    "The frame echoes beat " + std::to_string(frame.beat()) +
                        ", which this stream has not sent.",
                    "Echo the newest Beat.number of this stream.");
  }
  switch (frame.validity_case()) {
    case v1::CommandFrame::kTtl: {
      const Nanos asked = FromProto(frame.ttl());
      if (asked.count() < 0) {
        return Rejected("BAD_TTL", "The ttl is negative.", "Send a ttl of 20 to 500 ms.");
      }
      const bool base = accepted.targets.group->kind == JointKind::kVelocity;
      const Nanos granted = std::clamp(asked, kShortestTtl, base ? kLongestBaseTtl : kLongestTtl);
      if (granted != asked) accepted.granted_ttl = granted;
      accepted.not_after = *fresh_from + granted;
      return accepted;
    }
    case v1::CommandFrame::kNotAfterNs:
      if (frame.not_after_ns() > ToNanos(now + kFarthestAhead)) {
        return RefusedFrame{
            v1::TOO_FAR_AHEAD,
            Refuse(absl::StatusCode::kOutOfRange, "TOO_FAR_AHEAD", "",
                   "not_after_ns lies more than 1 s ahead of the daemon's clock.",
                   "Use the daemon's CLOCK_MONOTONIC (Beat.sent_ns), at most 1 s ahead.",
                   {{"now_ns", std::to_string(ToNanos(now))}})};
      }
      accepted.not_after = FromNanos(std::max<std::int64_t>(0, frame.not_after_ns()));
      return accepted;
    case v1::CommandFrame::VALIDITY_NOT_SET:
      break;
  }
  return Rejected("VALIDITY_MISSING", "The frame says nowhere when it ends.",
                  "Set ttl or not_after_ns in every frame.");
}

}  // namespace soarm
