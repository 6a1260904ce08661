#include "server/front/socket_address.h"

#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace soarm {

SocketAddress ToSocketAddress(const ListenAddress& address) {
  SocketAddress out;
  if (address.is_unix()) {
    sockaddr_un& unix_address = reinterpret_cast<sockaddr_un&>(out.storage);
    unix_address.sun_family = AF_UNIX;
    std::memcpy(unix_address.sun_path, address.unix_path.data(), address.unix_path.size());
    out.size = sizeof unix_address;
  } else if (address.is_ipv6()) {
    sockaddr_in6& six = reinterpret_cast<sockaddr_in6&>(out.storage);
    six.sin6_family = AF_INET6;
    ::inet_pton(AF_INET6, address.bare_host().c_str(), &six.sin6_addr);
    six.sin6_port = htons(address.port);
    out.size = sizeof six;
  } else {
    sockaddr_in& four = reinterpret_cast<sockaddr_in&>(out.storage);
    four.sin_family = AF_INET;
    ::inet_pton(AF_INET, address.host.c_str(), &four.sin_addr);
    four.sin_port = htons(address.port);
    out.size = sizeof four;
  }
  return out;
}

}  // namespace soarm
