#pragma once

#include <string>
#include <string_view>

#include "server/service/edge/errors.h"

namespace soarm {

// Free text that is kept and shown to others is bounded. INVALID_ARGUMENT TEXT_TOO_LONG.
inline absl::Status CheckText(std::string_view field, std::string_view text) {
  constexpr std::size_t kLongest = 256;
  if (text.size() <= kLongest) return absl::OkStatus();
  return Refuse(absl::StatusCode::kInvalidArgument, "TEXT_TOO_LONG", field,
                "The field " + std::string(field) + " has " + std::to_string(text.size()) +
                    " bytes; 256 are allowed.",
                "Shorten it.");
}

}  // namespace soarm
