#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace soarm {

inline constexpr std::string_view kUnixPrefix = "unix:";
// Appended to a Unix socket's path: the stop socket's.
inline constexpr std::string_view kStopSuffix = ".stop";

// Where to listen: a Unix socket or a loopback TCP port.
struct ListenAddress {
  std::string unix_path;  // empty for TCP
  std::string host;       // "127.0.0.1" or "[::1]"
  std::uint16_t port = 0;

  bool is_unix() const { return !unix_path.empty(); }
  std::string ToString() const;
};

// Why a text is no address: "TEXT is too long ...", and "use ...". Both without a full stop, for
// the lists of errors of a file and for the sentences of an ErrorDetail alike.
struct BadAddress {
  std::string reason;  // BAD_LISTEN_ADDRESS; LISTEN_TOO_WIDE: other machines could reach it
  std::string what;    // follows the text in quotes
  std::string fix;
};

// Reads unix:PATH, 127.0.0.1:PORT or [::1]:PORT: flags, files and servers by the same rules.
// A path leaves room for the name of its stop socket. Wider addresses are refused: nothing here
// authenticates a stranger.
std::variant<ListenAddress, BadAddress> ParseListenAddress(std::string_view text);

}  // namespace soarm
