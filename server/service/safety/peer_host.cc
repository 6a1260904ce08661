#include "server/service/safety/peer_host.h"

#include <utility>

namespace soarm {

std::string PeerHost(std::string_view peer) {
  // A client may bind its end to any name it likes, a new one for each connection.
  if (peer.starts_with("unix")) return "unix:";
  if (!peer.starts_with("ipv4:") && !peer.starts_with("ipv6:")) return std::string(peer);
  std::string host(peer.substr(0, peer.rfind(':')));  // an IPv6 address stands in brackets, ...
  for (const auto& [escaped, bracket] : {std::pair{"%5B", "["}, std::pair{"%5D", "]"}}) {
    if (const auto at = host.find(escaped); at != std::string::npos) host.replace(at, 3, bracket);
  }
  return host;  // ... which gRPC escapes
}

}  // namespace soarm
