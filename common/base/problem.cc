#include "common/base/problem.h"

#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include <absl/strings/cord.h>

namespace soarm {
namespace {

constexpr char kPayloadUrl[] = "soarm.problem";

// The payload is a list of length-prefixed strings: reason, subject, fix, then facts in pairs.
void Append(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  char prefix[sizeof size];
  std::memcpy(prefix, &size, sizeof size);
  out.append(prefix, sizeof prefix);
  out.append(text);
}

std::vector<std::string> Split(std::string_view bytes) {
  std::vector<std::string> parts;
  while (bytes.size() >= sizeof(std::uint32_t)) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data(), sizeof size);
    bytes.remove_prefix(sizeof size);
    if (size > bytes.size()) break;
    parts.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return parts;
}

}  // namespace

absl::Status ToStatus(const Problem& problem) {
  absl::Status status(problem.code, ToAbsl(problem.message));
  std::string payload;
  Append(payload, problem.reason);
  Append(payload, problem.subject);
  Append(payload, problem.fix);
  for (const auto& [name, value] : problem.facts) {
    Append(payload, name);
    Append(payload, value);
  }
  status.SetPayload(kPayloadUrl, absl::Cord(payload));
  return status;
}

absl::Status Refuse(absl::StatusCode code, std::string_view reason, std::string_view subject,
                    std::string_view message, std::string_view fix,
                    std::map<std::string, std::string> facts) {
  Problem problem;
  problem.code = code;
  problem.reason = reason;
  problem.subject = subject;
  problem.message = message;
  problem.fix = fix;
  problem.facts = std::move(facts);
  return ToStatus(problem);
}

Problem ProblemOf(const absl::Status& status) {
  Problem problem;
  problem.code = status.code();
  problem.message = std::string(ToStd(status.message()));
  problem.reason = absl::StatusCodeToString(status.code());
  const auto payload = status.GetPayload(kPayloadUrl);
  if (!payload) return problem;
  const std::vector<std::string> parts = Split(std::string(*payload));
  if (parts.size() < 3) return problem;
  problem.reason = parts[0];
  problem.subject = parts[1];
  problem.fix = parts[2];
  for (std::size_t i = 3; i + 1 < parts.size(); i += 2) problem.facts[parts[i]] = parts[i + 1];
  return problem;
}

}  // namespace soarm
