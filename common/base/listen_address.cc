#include "common/base/listen_address.h"

#include <array>
#include <charconv>
#include <optional>

#include <arpa/inet.h>
#include <sys/un.h>

namespace soarm {
namespace {

constexpr std::string_view kForms = "use unix:PATH, 127.0.0.1:PORT, [::1]:PORT or tls:ADDRESS:PORT";
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

// An address in digits: what a name means may change while somebody listens there.
bool IsAddress(const ListenAddress& address) {
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  const int family = address.is_ipv6() ? AF_INET6 : AF_INET;
  const bool closed = !address.is_ipv6() || address.host.ends_with(']');
  return closed && ::inet_pton(family, address.bare_host().c_str(), ignored.data()) == 1;
}

std::variant<ListenAddress, BadAddress> ParseTls(std::string_view text) {
  ListenAddress address;
  address.port = kDefaultTlsPort;
  address.tls = true;
  // An IPv6 host has colons of its own.
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  address.host = text.substr(0, colon);
  if (!IsAddress(address)) {
    return Bad("names no address of this computer",
               "use tls:0.0.0.0:50252 or tls:[::]:50252 for all of them, or one of them in digits");
  }
  if (colon == std::string_view::npos) return address;
  const auto port = ParsePort(text.substr(colon + 1));
  if (!port) return Bad("has no port that is one");
  address.port = *port;
  return address;
}

}  // namespace

std::string ListenAddress::ToString() const {
  if (is_unix()) return std::string(kUnixPrefix) + unix_path;
  return std::string(tls ? kTlsPrefix : "") + host + ":" + std::to_string(port);
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
  if (text.starts_with(kTlsPrefix)) return ParseTls(text.substr(kTlsPrefix.size()));
  const std::size_t colon = text.rfind(':');
  const auto port =
      colon == std::string_view::npos ? std::nullopt : ParsePort(text.substr(colon + 1));
  if (!port) return Bad("is not an address to listen on");
  address.host = text.substr(0, colon);
  address.port = *port;
  if (address.host == "127.0.0.1" || address.host == "[::1]") return address;
  return BadAddress{"LISTEN_TOO_WIDE",
                    "can be reached from other machines, which plain text must not be",
                    "use tls:0.0.0.0:50252, which lets paired machines in, or 127.0.0.1:PORT"};
}

}  // namespace soarm
