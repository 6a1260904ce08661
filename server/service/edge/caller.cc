#include "server/service/edge/caller.h"

#include <utility>

#include "common/base/clean_text.h"
#include "common/log/log.h"

namespace soarm {
namespace {

constexpr std::size_t kLongestName = 256;

// gRPC escapes the brackets of an IPv6 address.
std::string WithBrackets(std::string text) {
  for (const auto& [escaped, bracket] : {std::pair{"%5B", "["}, std::pair{"%5D", "]"}}) {
    if (const auto at = text.find(escaped); at != std::string::npos) text.replace(at, 3, bracket);
  }
  return text;
}

}  // namespace

Caller Caller::OfPeer(std::string_view peer) {
  Caller caller;
  // "unix-abstract:", too. A client may bind its end to any name it likes, a new one for each
  // connection: that says nothing about it.
  if (peer.starts_with("unix")) {
    caller.listener_ = ListenerKind::kUnix;
    caller.connection_ = caller.host_ = "unix:";
    return caller;
  }
  caller.connection_ = WithBrackets(CleanText(peer, kLongestName));
  caller.host_ = caller.connection_;
  if (!peer.starts_with("ipv4:") && !peer.starts_with("ipv6:")) return caller;
  caller.listener_ = ListenerKind::kLoopback;
  caller.host_.resize(caller.host_.rfind(':'));  // an IPv6 address stands in brackets
  return caller;
}

LeaseClass Caller::highest_lease_class() const {
  switch (listener_) {
    case ListenerKind::kUnix:
      return LeaseClass::kSupervisor;
    case ListenerKind::kLoopback:
    case ListenerKind::kOther:
      break;
  }
  return LeaseClass::kTeleop;
}

Caller CallerOf(const grpc::CallbackServerContext& context) {
  return Caller::OfPeer(context.peer());
}

absl::StatusOr<Caller> Admit(const grpc::CallbackServerContext& context,
                             const google::protobuf::Descriptor& request) {
  Caller caller = CallerOf(context);
  if (spdlog::should_log(spdlog::level::debug)) {
    ComponentLog("rpc")->debug("{} by {}", request.full_name(), caller.connection());
  }
  return caller;
}

}  // namespace soarm
