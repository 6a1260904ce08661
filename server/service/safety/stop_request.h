#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/core/stop.h"

namespace soarm {

// What the bytes of a soarm.v1.StopRequest ask for.
struct StopAsked {
  StopLevel level = StopLevel::kHold;
  std::vector<std::string> groups;  // empty: all
  std::string reason;               // valid UTF-8
  std::vector<std::string> notes;   // what was not understood
};

// Whoever sends something to Stop wants something to stop: bytes that are no StopRequest hold
// everything, and a text in any encoding is no reason to refuse one.
StopAsked ReadStopRequest(std::string_view bytes);
// What a request means that was lost on its way in, as when its caller went away at once.
StopAsked LostStopRequest();

}  // namespace soarm
