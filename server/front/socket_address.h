#pragma once

#include <string_view>

#include <sys/socket.h>

#include "common/base/listen_address.h"

namespace soarm {

// An address as the kernel takes it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  std::string_view bytes() const { return {reinterpret_cast<const char*>(&storage), size}; }
};

SocketAddress ToSocketAddress(const ListenAddress& address);

}  // namespace soarm
