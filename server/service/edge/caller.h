#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/server_context.h>

#include "server/core/lease.h"

namespace soarm {

// What a call came in by.
enum class ListenerKind : std::uint8_t {
  kOther,     // this process, or what is not known: the least rights
  kUnix,      // a Unix socket, whose file mode says who may connect
  kLoopback,  // TCP from this computer
};

// Who makes a call, and what follows from that. The only thing here that reads gRPC's word for it:
// whatever else tells callers apart and gives them rights joins this type and Admit().
//
// Threads  a value.
class Caller {
 public:
  // Of gRPC's "ipv4:127.0.0.1:46372", "ipv6:%5B::1%5D:46372", "unix:" or "unix:/its/own/end".
  static Caller OfPeer(std::string_view peer);

  ListenerKind listener() const { return listener_; }
  // This one connection, for logs: "ipv4:127.0.0.1:46372", "ipv6:[::1]:46372", "unix:".
  const std::string& connection() const { return connection_; }
  // What stays the same from one connection to the next, for the sources of stops:
  // "ipv4:127.0.0.1", "ipv6:[::1]", "unix:".
  const std::string& host() const { return host_; }

  LeaseClass highest_lease_class() const;

 private:
  ListenerKind listener_ = ListenerKind::kOther;
  std::string connection_;
  std::string host_;
};

Caller CallerOf(const grpc::CallbackServerContext& context);

// The way in: who makes the call whose request is of that type. Answer(), AnswerLater() and
// whatever begins a stream ask it before anything else, and what it refuses is not done. It refuses
// nobody yet: everybody whom the listeners let in may call everything.
absl::StatusOr<Caller> Admit(const grpc::CallbackServerContext& context,
                             const google::protobuf::Descriptor& request);

}  // namespace soarm
