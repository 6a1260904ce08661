#include "common/tls/join_string.h"

#include <charconv>

#include "common/base/problem.h"
#include "common/tls/digest.h"

namespace soarm::tls {
namespace {

constexpr std::string_view kBegin = "soarm-pair:1/";
constexpr std::size_t kFields = 4;
constexpr std::size_t kMostHosts = 16;
constexpr std::size_t kLongest = 2048;
constexpr std::size_t kFingerprintBytes = 32;
constexpr std::size_t kSecretBytes = 16;

absl::Status Bad(const std::string& why) {
  return Refuse(absl::StatusCode::kInvalidArgument, "BAD_JOIN_STRING", "",
                "This is no join string: " + why + ".",
                "Copy the whole line that `soarm pair open` printed on the robot.");
}

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool IsHost(std::string_view host) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%";
  return !host.empty() && host.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace

std::string JoinString::ToString() const {
  std::string text(kBegin);
  for (std::size_t i = 0; i < hosts.size(); ++i) text += (i == 0 ? "" : ",") + hosts[i];
  return text + "/" + std::to_string(port) + "/" + ToBase64Url(FromHex(fingerprint).value_or("")) +
         "/" + secret;
}

absl::StatusOr<JoinString> ParseJoinString(std::string_view text) {
  if (!text.starts_with(kBegin)) return Bad("it does not begin with " + std::string(kBegin));
  if (text.size() > kLongest) return Bad("it is too long");
  const std::vector<std::string> fields = Split(text.substr(kBegin.size()), '/');
  if (fields.size() != kFields) return Bad("a part of it is missing");
  JoinString join;
  join.hosts = Split(fields[0], ',');
  if (join.hosts.size() > kMostHosts) return Bad("it names too many hosts");
  for (const std::string& host : join.hosts) {
    if (!IsHost(host)) return Bad("its host is none");
  }
  const char* end = fields[1].data() + fields[1].size();
  const auto port = std::from_chars(fields[1].data(), end, join.port);
  if (port.ec != std::errc() || port.ptr != end || join.port == 0) return Bad("its port is none");
  const auto fingerprint = FromBase64Url(fields[2]);
  if (!fingerprint || fingerprint->size() != kFingerprintBytes) {
    return Bad("its fingerprint is not whole");
  }
  join.fingerprint = ToHex(*fingerprint);
  const auto secret = FromBase64Url(fields[3]);
  if (!secret || secret->size() != kSecretBytes) return Bad("its secret is not whole");
  join.secret = fields[3];
  return join;
}

}  // namespace soarm::tls
