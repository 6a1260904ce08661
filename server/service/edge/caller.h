#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/server_context.h>

#include "server/core/client_store.h"
#include "server/core/lease.h"
#include "server/service/edge/entrance.h"

namespace soarm {

// What a call came in by.
enum class ListenerKind : std::uint8_t {
  kOther,     // not known, or a connection by TLS that has ended: the least rights
  kProcess,   // no socket but this process, which may do anything anyhow
  kUnix,      // a Unix socket, whose file mode says who may connect
  kLoopback,  // TCP from this computer
  kTls,       // TCP from a machine with a certificate
};

// Who makes a call, and what follows from that.
//
// Threads  a value.
class Caller {
 public:
  // Who is at the other end of gRPC's "ipv4:127.0.0.1:46372", "ipv6:%5B::1%5D:46372", "unix:",
  // "unix:/its/own/end", "unix-abstract:its%20own%20end", "unknown".
  //   kUnauthenticated  CLIENT_UNKNOWN, CLIENT_REVOKED: it came by TLS and is not, or no longer,
  //   paired
  static absl::StatusOr<Caller> OfPeer(std::string_view peer, const Entrance& entrance);

  ListenerKind listener() const { return listener_; }
  // What it may do; of who came by TLS that of its pairing.
  ClientRole role() const { return role_; }
  // It gives no sign of life (RemoteCaller): what would do harm when late is refused (WhenLate).
  bool is_silent() const { return is_silent_; }
  // The name of its pairing, if it came by TLS.
  const std::optional<std::string>& client_name() const { return client_name_; }
  // This one connection, for logs and errors: "ipv4:127.0.0.1:46372", "ipv6:[::1]:46372", "unix:",
  // "client laptop (192.168.1.7)"; of a connection by TLS that has ended "client laptop (gone)", or
  // "client that is gone" where that is forgotten.
  const std::string& connection() const { return connection_; }
  // What stays the same from one connection to the next, for the sources of stops:
  // "ipv4:127.0.0.1", "ipv6:[::1]", "unix:", "client laptop (192.168.1.7)" or as
  // above.
  const std::string& host() const { return host_; }

  LeaseClass highest_lease_class() const;

 private:
  static absl::StatusOr<Caller> OfRemote(const RemoteCaller& remote, const ClientStore& clients);
  Caller(ListenerKind listener, ClientRole role, std::string connection, std::string host)
      : listener_(listener),
        role_(role),
        connection_(std::move(connection)),
        host_(std::move(host)) {}

  ListenerKind listener_;
  ClientRole role_;
  std::optional<std::string> client_name_;
  bool is_silent_ = false;
  std::string connection_;
  std::string host_;
};

}  // namespace soarm
