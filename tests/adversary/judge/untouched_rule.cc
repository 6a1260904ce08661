#include "tests/adversary/judge/untouched_rule.h"

#include <optional>

namespace soarm::adversary {

void UntouchedRule::OnEvent(Time at, const What& what) {
  const auto* written = std::get_if<WrittenByHost>(&what);
  if (written == nullptr) return;
  std::optional<std::size_t> joint;
  bool unsure = false;  // single requests may have been damaged
  for (std::size_t i = 0; i < case_.scene.joints.size(); ++i) {
    if (case_.scene.joints[i].bus != written->bus) continue;
    const Trouble& trouble = case_.troubles.of(i);
    // Of 256 damaged requests one passes its checksum: none of them is the daemon's doing.
    if (trouble.requests_damaged > 0) return;
    unsure = unsure || at < trouble.unreached;
    if (case_.scene.joints[i].servo_id == written->servo_id) joint = i;
  }
  constexpr std::uint8_t kBroadcast = 254;
  if (written->servo_id == kBroadcast) {
    case_.Accuse(at, "WRITES_TO_ALL", Say("instruction %d to every servo", written->instruction));
  } else if (!joint && !unsure) {
    case_.Accuse(at, "WRITES_TO_STRANGER",
                 Say("servo %d of bus %zu, which is no joint of the robot: instruction %d at "
                     "register %d",
                     written->servo_id, written->bus, written->instruction, written->address));
  } else if (joint && !case_.scene.groups[case_.ledger.GroupOf(*joint)].writable) {
    case_.Accuse(at, "WRITES_TO_LEADER",
                 Say("%s: instruction %d at register %d", case_.NameOf(*joint).c_str(),
                     written->instruction, written->address));
  }
}

}  // namespace soarm::adversary
