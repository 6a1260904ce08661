#pragma once

#include <map>
#include <string>
#include <string_view>

#include <absl/status/status.h>

namespace soarm {

// What went wrong, told so that a person can act on it. It travels inside an absl::Status (as a
// payload) from where it is found to the edge, which turns it into the API's ErrorDetail.
//
// Threads  a value; slow side only (it allocates).
struct Problem {
  absl::StatusCode code = absl::StatusCode::kUnknown;
  std::string reason;   // UPPER_SNAKE, stable: programs branch on it (docs/errors.md lists them)
  std::string subject;  // what it is about, e.g. "arm/elbow_flex"; may be empty
  std::string message;  // one sentence, names the thing and the value
  std::string fix;      // one imperative sentence; may be empty
  std::map<std::string, std::string> facts;  // machine-readable values, e.g. {"limit_rad", "1.69"}
};

// Wraps `problem` into a status with its code and message.
absl::Status ToStatus(const Problem& problem);

// A refusal in one line; see Problem for what each text is for.
absl::Status Refuse(absl::StatusCode code, std::string_view reason, std::string_view subject,
                    std::string_view message, std::string_view fix = {},
                    std::map<std::string, std::string> facts = {});

// The problem inside `status`; a status that carries none yields its code's name as reason and
// its message. Must not be called with an OK status.
Problem ProblemOf(const absl::Status& status);

// Debian's absl::string_view is a type of its own; these are the only bridges.
inline std::string_view ToStd(absl::string_view text) { return {text.data(), text.size()}; }
inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace soarm
