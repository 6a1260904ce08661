#include "clients/cpp/loopback.h"

#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>

namespace soarm::client {
namespace {

// "[::1]:7", "127.0.0.1:7", "localhost"
bool IsLoopback(std::string_view place) {
  const bool bracketed = place.starts_with('[');
  const std::size_t end = place.find(bracketed ? ']' : ':');
  const std::string host(place.substr(bracketed ? 1 : 0, bracketed ? end - 1 : end));
  if (bracketed) {
    in6_addr six{};
    return end != std::string_view::npos && ::inet_pton(AF_INET6, host.c_str(), &six) == 1 &&
           IN6_IS_ADDR_LOOPBACK(&six);
  }
  in_addr four{};
  if (::inet_pton(AF_INET, host.c_str(), &four) == 1) return ::ntohl(four.s_addr) >> 24 == 127;
  return ::strcasecmp(host.c_str(), "localhost") == 0;
}

}  // namespace

bool StaysOnThisComputer(std::string_view target) {
  if (target.starts_with("unix:") || target.starts_with("unix-abstract:")) return true;
  for (const std::string_view scheme : {"ipv4:", "ipv6:", "dns:///", "dns:"}) {
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(scheme.size());
    break;
  }
  while (true) {  // "ipv4:127.0.0.1:1,127.0.0.1:2"
    const std::size_t comma = target.find(',');
    if (!IsLoopback(target.substr(0, comma))) return false;
    if (comma == std::string_view::npos) return true;
    target.remove_prefix(comma + 1);
  }
}

}  // namespace soarm::client
