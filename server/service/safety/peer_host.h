#pragma once

#include <string>
#include <string_view>

namespace soarm {

// Who is at the other end of a call, as far as it stays the same from one connection to the next:
// "ipv4:127.0.0.1" of gRPC's "ipv4:127.0.0.1:46372", "ipv6:[::1]", "unix:".
std::string PeerHost(std::string_view peer);

}  // namespace soarm
