#include "server/servo/feetech/reading.h"

#include "server/servo/feetech/sample_decode.h"

namespace soarm::servo::feetech {
namespace {

constexpr std::int32_t kStepMode = 3;

bool IsPossible(const ServoState& servo, std::int32_t position_raw) noexcept {
  if (!servo.known || (servo.stored.phase & kPhaseMultiTurnFeedback) != 0) return true;
  if (servo.stored.mode == kStepMode) return true;  // reports what is left to go, with a sign
  return position_raw >= 0 && position_raw < kTicksPerTurn;
}

}  // namespace

Plausibility Weigh(const JointModel& joint, const JointSample& last, ServoState& servo,
                   const Reading& reading) noexcept {
  const Block block = reading.block;
  Told told;
  told.at = reading.at;
  told.alone = reading.alone;
  told.stops = static_cast<std::uint8_t>(BlockingStatus(servo, reading.status) &
                                         ~BlockingStatus(servo, servo.status));
  told.tells_place = Covers(block, {reg::kPosition.address, reg::kPosition.width});
  if (told.tells_place) {
    told.position_raw = DecodeFrom(reg::kPosition, block.address, reading.data);
    // A wheel's counts its turns where another program has put it into another mode.
    told.tells_place = joint.kind == JointKind::kPosition;
    if (told.tells_place && !IsPossible(servo, told.position_raw)) return Plausibility::kImpossible;
  }
  told.tells_working = Covers(block, kWorkingBlock);
  if (told.tells_working) told.working = DecodeWorking(block.address, reading.data);
  return servo::Weigh(last, servo, told);
}

}  // namespace soarm::servo::feetech
