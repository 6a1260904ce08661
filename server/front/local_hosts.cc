#include "server/front/local_hosts.h"

#include <algorithm>
#include <memory>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

namespace soarm {
namespace {

constexpr std::size_t kMostHosts = 8;

std::string InDigits(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.sa_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(address);
    return ::inet_ntop(AF_INET, &four.sin_addr, text, sizeof text);
  }
  const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
  if (IN6_IS_ADDR_LINKLOCAL(&six.sin6_addr) || IN6_IS_ADDR_LOOPBACK(&six.sin6_addr)) return "";
  return ::inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text);
}

void AddAll(int family, std::vector<std::string>& hosts) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owned(list, &::freeifaddrs);
  for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
    const bool usable = one->ifa_addr != nullptr && one->ifa_addr->sa_family == family &&
                        (one->ifa_flags & IFF_UP) != 0 && (one->ifa_flags & IFF_LOOPBACK) == 0;
    if (!usable) continue;
    const std::string host = InDigits(*one->ifa_addr);
    if (!host.empty() && std::ranges::find(hosts, host) == hosts.end()) hosts.push_back(host);
  }
}

}  // namespace

std::vector<std::string> HostsOf(const ListenAddress& address) {
  const bool all_of_six = address.bare_host() == "::";
  if (!all_of_six && address.host != "0.0.0.0") return {address.bare_host()};
  std::vector<std::string> hosts;
  AddAll(AF_INET, hosts);
  if (all_of_six) AddAll(AF_INET6, hosts);
  if (hosts.size() > kMostHosts) hosts.resize(kMostHosts);
  if (hosts.empty()) hosts.emplace_back("127.0.0.1");
  return hosts;
}

}  // namespace soarm
