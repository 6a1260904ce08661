#include "tests/adversary/judge/untouched_rule.h"

namespace soarm::adversary {

void UntouchedRule::OnEvent(Time at, const What& what) {
  const auto* written = std::get_if<WrittenByHost>(&what);
  if (written == nullptr) return;
  constexpr std::uint8_t kBroadcast = 254;
  if (written->servo_id == kBroadcast) {
    case_.Accuse(at, "WRITES_TO_ALL", Say("instruction %d to every servo", written->instruction));
    return;
  }
  for (std::size_t i = 0; i < case_.scene.joints.size(); ++i) {
    const JointFacts& joint = case_.scene.joints[i];
    if (joint.bus != written->bus || joint.servo_id != written->servo_id) continue;
    if (case_.scene.groups[case_.ledger.GroupOf(i)].writable) continue;
    case_.Accuse(at, "WRITES_TO_LEADER",
                 Say("%s: instruction %d at register %d", case_.NameOf(i).c_str(),
                     written->instruction, written->address));
  }
}

}  // namespace soarm::adversary
