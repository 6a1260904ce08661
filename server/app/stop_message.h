#pragma once

#include <string>
#include <string_view>

#include "server/core/stop.h"

namespace soarm {

// One datagram on the stop socket, e.g. "hold", "soft-hold smoke" or "release".
struct StopMessage {
  StopLevel level = StopLevel::kHold;
  std::string reason;
  bool understood = true;
};

// The level is the first word, in any case, with '-' or '_', before white space, a colon, a comma
// or a semicolon; "stop" and nothing at all are "hold". What is not understood is HOLD, too:
// whoever writes to this socket wants something to stop.
StopMessage ParseStopMessage(std::string_view text);

}  // namespace soarm
