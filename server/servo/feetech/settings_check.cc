#include "server/servo/feetech/settings_check.h"

#include <cstddef>

#include "server/servo/feetech/registers.h"
#include "server/servo/feetech/servo_state.h"

namespace soarm::servo::feetech {
namespace {

constexpr std::int32_t kLeastTorque = 100;  // of 1000
constexpr std::int32_t kWidestDeadZone = 16;
constexpr std::int32_t kScsFamily = 5;
constexpr std::int32_t kStsFamily = 9;

enum class Of : std::uint8_t { kAny, kPosition, kWheel };

struct Rule {
  Of of;
  const Register& reg;
  std::int32_t mask;  // the bits that count
  std::int32_t bound;
  Bound kind;
  std::string_view meaning;
};

constexpr Rule kRules[] = {
    {Of::kPosition, reg::kMode, -1, kPositionMode, Bound::kExactly,
     "its goals mean something else"},
    {Of::kWheel, reg::kMode, -1, kSpeedMode, Bound::kExactly, "its goals mean something else"},
    {Of::kAny, reg::kMaxTorque, -1, kLeastTorque, Bound::kAtLeast, "it has no torque to hold with"},
    {Of::kAny, reg::kPhase, kPhaseReversedDrive, 0, Bound::kExactly, "it drives the other way"},
    {Of::kAny, reg::kPhase, kPhaseReversedFeedback, 0, Bound::kExactly,
     "its places are counted the other way"},
    {Of::kPosition, reg::kPhase, kPhaseMultiTurnFeedback, 0, Bound::kExactly,
     "its places are counted over several turns"},
    {Of::kPosition, reg::kPositionP, -1, kLeastGain, Bound::kAtLeast,
     "it sinks under its own weight"},
    {Of::kPosition, reg::kDeadZonePlus, -1, kWidestDeadZone, Bound::kAtMost,
     "it holds no place within that many ticks"},
    {Of::kPosition, reg::kDeadZoneMinus, -1, kWidestDeadZone, Bound::kAtMost,
     "it holds no place within that many ticks"},
    {Of::kPosition, reg::kAngleFactor, -1, 1, Bound::kExactly, "a tick is another angle"},
    {Of::kWheel, reg::kSpeedP, -1, 1, Bound::kAtLeast, "it follows no speed"},
};

bool Covers(std::uint8_t first, std::span<const std::uint8_t> image, const Register& reg) {
  return reg.address >= first && std::size_t{reg.address} + reg.width <= first + image.size();
}

// What the register has to be: `found` with all bits as they fit, not only those of one rule, since
// who writes half of it may make it worse.
std::int32_t Wanted(const Rule& broken, Of is, std::int32_t found) noexcept {
  if (broken.mask == -1) return broken.bound;
  std::int32_t wanted = found;
  for (const Rule& rule : kRules) {
    if (rule.reg.address != broken.reg.address || (rule.of != Of::kAny && rule.of != is)) continue;
    wanted = (wanted & ~rule.mask) | rule.bound;
  }
  return wanted;
}

bool Fits(Bound kind, std::int32_t found, std::int32_t bound) noexcept {
  switch (kind) {
    case Bound::kExactly:
      return found == bound;
    case Bound::kAtLeast:
      return found >= bound;
    case Bound::kAtMost:
      return found <= bound;
  }
  return false;
}

}  // namespace

std::optional<RegisterFact> FindUnfitSetting(JointKind kind, std::uint8_t first,
                                             std::span<const std::uint8_t> image) noexcept {
  const Of is = kind == JointKind::kVelocity ? Of::kWheel : Of::kPosition;
  if (Covers(first, image, reg::kServoMajor) &&
      DecodeFrom(reg::kServoMajor, first, image) == kScsFamily) {
    return FactOf(reg::kServoMajor, kStsFamily, kScsFamily, Bound::kExactly,
                  "it is of the SCS family, with other units");
  }
  for (const Rule& rule : kRules) {
    if (rule.of != Of::kAny && rule.of != is) continue;
    if (!Covers(first, image, rule.reg)) continue;
    const std::int32_t found = DecodeFrom(rule.reg, first, image);
    if (Fits(rule.kind, found & rule.mask, rule.bound)) continue;
    return FactOf(rule.reg, Wanted(rule, is, found), found, rule.kind, rule.meaning);
  }
  return std::nullopt;
}

}  // namespace soarm::servo::feetech
