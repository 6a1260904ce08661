#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/core/stop.h"

namespace soarm {

// One datagram on the stop socket: "hold|soft-hold|release [reason]". A newline at its end is
// allowed, so that `echo` will do.
struct StopMessage {
  StopLevel level = StopLevel::kHold;
  std::string reason;
};

// Nothing for anything else: a message that cannot be read is answered, not guessed at.
std::optional<StopMessage> ParseStopMessage(std::string_view text);

}  // namespace soarm
