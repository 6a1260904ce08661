#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace soarm {

inline constexpr std::string_view kUnixPrefix = "unix:";
// Appended to a Unix socket's path: the stop socket's.
inline constexpr std::string_view kStopSuffix = ".stop";

inline constexpr std::string_view kTlsPrefix = "tls:";
inline constexpr std::uint16_t kDefaultTlsPort = 50252;

// Where to listen: a Unix socket, a loopback TCP port, or a TCP port for mutual TLS.
struct ListenAddress {
  std::string unix_path;  // empty for TCP
  std::string host;       // "127.0.0.1" or "[::1]"; with TLS any address of this computer
  std::uint16_t port = 0;
  bool tls = false;

  bool is_unix() const { return !unix_path.empty(); }
  // An IPv6 host, without its brackets.
  bool is_ipv6() const { return host.starts_with('['); }
  std::string bare_host() const { return is_ipv6() ? host.substr(1, host.size() - 2) : host; }
  std::string ToString() const;
};

// Why a text is no address: "TEXT is too long ...", and "use ...". Both without a full stop, for
// the lists of errors of a file and for the sentences of an ErrorDetail alike.
struct BadAddress {
  std::string reason;  // BAD_LISTEN_ADDRESS; LISTEN_TOO_WIDE: other machines could reach it
  std::string what;    // follows the text in quotes
  std::string fix;
};

// Reads unix:PATH, 127.0.0.1:PORT, [::1]:PORT, tls:ADDRESS:PORT or tls:ADDRESS: flags, files and
// servers by the same rules. A path leaves room for the name of its stop socket. Wider addresses
// without TLS are refused: nothing there authenticates a stranger.
std::variant<ListenAddress, BadAddress> ParseListenAddress(std::string_view text);

}  // namespace soarm
