#include "common/base/listen_address.h"

#include <charconv>
#include <optional>

#include <sys/un.h>

namespace soarm {
namespace {

constexpr std::string_view kForms = "use unix:PATH, 127.0.0.1:PORT or [::1]:PORT";
constexpr std::size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1 - kStopSuffix.size();

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, port);
  if (text.empty() || result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return port;
}

BadAddress Bad(std::string what, std::string fix = std::string(kForms)) {
  return {"BAD_LISTEN_ADDRESS", std::move(what), std::move(fix)};
}

}  // namespace

std::string ListenAddress::ToString() const {
  if (is_unix()) return std::string(kUnixPrefix) + unix_path;
  return host + ":" + std::to_string(port);
}

std::variant<ListenAddress, BadAddress> ParseListenAddress(std::string_view text) {
  ListenAddress address;
  if (text.starts_with(kUnixPrefix)) {
    address.unix_path = text.substr(kUnixPrefix.size());
    if (address.unix_path.empty()) return Bad("names no socket");
    if (address.unix_path.find('\0') != std::string::npos) return Bad("is no path");
    if (address.unix_path.size() <= kLongestPath) return address;
    return Bad("is too long for a socket",
               "use a path of at most " + std::to_string(kLongestPath) + " characters");
  }
  const std::size_t colon = text.rfind(':');
  const auto port =
      colon == std::string_view::npos ? std::nullopt : ParsePort(text.substr(colon + 1));
  if (!port) return Bad("is not an address to listen on");
  address.host = text.substr(0, colon);
  address.port = *port;
  if (address.host == "127.0.0.1" || address.host == "[::1]") return address;
  return BadAddress{"LISTEN_TOO_WIDE",
                    "can be reached from other machines, which is not possible without "
                    "authentication",
                    std::string(kForms) + " and reach it through an SSH tunnel"};
}

}  // namespace soarm
