#include "server/servo/feetech/settings_check.h"

#include <cstddef>

#include "server/servo/feetech/registers.h"
#include "server/servo/feetech/servo_state.h"

namespace soarm::servo::feetech {
namespace {

using Bound = RegisterFact::Bound;

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
    const std::int32_t wanted = rule.mask == -1 ? rule.bound : (found & ~rule.mask) | rule.bound;
    return FactOf(rule.reg, wanted, found, rule.kind, rule.meaning);
  }
  return std::nullopt;
}

}  // namespace soarm::servo::feetech
