#pragma once

#include <string>
#include <vector>

#include "common/base/listen_address.h"

namespace soarm {

// The addresses at which other machines may reach this one on what listens at `address`, in digits:
// of all when it listens at all of them, IPv4 first. Those that mean something on one link only
// (fe80::) are left out, and loopback unless there is nothing else.
std::vector<std::string> HostsOf(const ListenAddress& address);

}  // namespace soarm
