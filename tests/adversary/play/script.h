#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "tests/adversary/play/action.h"
#include "tests/adversary/stage/setting.h"

namespace soarm::adversary {

// A play: where, and who does what when. As text:
//
//   # what it shows
//   play robot=so101 rate=200 seed=7 length=30s firmware=3.10 timing=slots
//   t=0.2s client 1 acquire groups=arm ttl=2s renew=0.5s
//
// `firmware` may be followed by switches of FirmwareOptions: "3.10,jump_to_stale_goal=1";
// `gentle=1` configures accelerations of a twentieth.
struct Script {
  std::string comment;  // one line, without the #
  Setting setting;
  std::vector<Action> actions;  // in the order of their time
};

// Printing and parsing are each other's inverse.
std::string PrintScript(const Script& script);
std::string PrintAction(const Action& action);
// The line that was not understood is named.
absl::StatusOr<Script> ParseScript(std::string_view text);

}  // namespace soarm::adversary
