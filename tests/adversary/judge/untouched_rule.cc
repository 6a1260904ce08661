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
  bool known = false;
  bool damaged = false;
  for (std::size_t i = 0; i < case_.scene.joints.size(); ++i) {
    const JointFacts& joint = case_.scene.joints[i];
    if (joint.bus != written->bus) continue;
    const Trouble& trouble = case_.troubles.of(i);
    damaged = damaged || trouble.requests_damaged > 0 || at < trouble.unreached;
    if (joint.servo_id != written->servo_id) continue;
    known = true;
    if (case_.scene.groups[case_.ledger.GroupOf(i)].writable) continue;
    case_.Accuse(at, "WRITES_TO_LEADER",
                 Say("%s: instruction %d at register %d", case_.NameOf(i).c_str(),
                     written->instruction, written->address));
  }
  if (!known && !damaged) {
    case_.Accuse(at, "WRITES_TO_STRANGER",
                 Say("servo %d of bus %zu, which is no joint of the robot: instruction %d at "
                     "register %d",
                     written->servo_id, written->bus, written->instruction, written->address));
  }
}

}  // namespace soarm::adversary
