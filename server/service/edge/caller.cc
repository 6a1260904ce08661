#include "server/service/edge/caller.h"

#include <charconv>
#include <utility>

#include "common/base/clean_text.h"
#include "common/base/problem.h"

namespace soarm {
namespace {

constexpr std::size_t kLongestName = 256;
constexpr char kGone[] = "client that is gone";
// What gRPC says where it knows of no address. That is so in this process alone: a socket whose
// other end cannot be named is closed before it is served.
constexpr std::string_view kNoSocket = "unknown";
constexpr std::string_view kAbstract = "unix-abstract:";

// gRPC writes a peer as a URI: "%5B::1%5D", and so any byte of a socket's name.
std::string Unescaped(std::string_view uri) {
  std::string text;
  for (std::size_t i = 0; i < uri.size(); ++i) {
    unsigned char byte = 0;
    const std::string_view digits = uri.substr(i + 1, 2);
    const char* end = digits.data() + digits.size();
    if (uri[i] == '%' && digits.size() == 2 &&
        std::from_chars(digits.data(), end, byte, 16).ptr == end) {
      text += static_cast<char>(byte);
      i += digits.size();
    } else {
      text += uri[i];
    }
  }
  return text;
}

// At the other end of a connection by TLS that has ended.
std::string WhoWas(std::string_view connection, const Entrance& entrance) {
  const auto remote = entrance.remote.FindEnded(connection);
  const auto client = remote ? entrance.clients.Find(remote->fingerprint) : std::nullopt;
  return client ? "client " + CleanText(client->name, kLongestName) + " (gone)" : kGone;
}

}  // namespace

absl::StatusOr<Caller> Caller::OfPeer(std::string_view peer, const Entrance& entrance) {
  const std::string plain = Unescaped(peer);
  if (peer.starts_with(kAbstract)) {
    const std::string_view name = std::string_view(plain).substr(kAbstract.size());
    if (const auto remote = entrance.remote.Find(name)) return OfRemote(*remote, entrance.clients);
    // The last call of a connection that is gone must not pass for one by the Unix socket. Its stop
    // is one all the same, and has a name.
    if (name.starts_with(kRemoteConnectionPrefix)) {
      const std::string shown = WhoWas(name, entrance);
      return Caller(ListenerKind::kOther, ClientRole::kViewer, shown, shown);
    }
  }
  // "unix-abstract:", too. A client may bind its end to any name it likes, a new one for each
  // connection: that says nothing about it.
  if (peer.starts_with("unix")) {
    return Caller(ListenerKind::kUnix, ClientRole::kAdmin, "unix:", "unix:");
  }
  std::string shown = CleanText(plain, kLongestName);
  if (peer.starts_with("ipv4:") || peer.starts_with("ipv6:")) {
    // An IPv6 address stands in brackets.
    std::string host = shown.substr(0, shown.rfind(':'));
    return Caller(ListenerKind::kLoopback, ClientRole::kOperator, std::move(shown),
                  std::move(host));
  }
  if (peer == kNoSocket) return Caller(ListenerKind::kProcess, ClientRole::kAdmin, shown, shown);
  return Caller(ListenerKind::kOther, ClientRole::kViewer, shown, shown);
}

absl::StatusOr<Caller> Caller::OfRemote(const RemoteCaller& remote, const ClientStore& clients) {
  const std::string address = CleanText(remote.address, kLongestName);
  const std::optional<PairedClient> client = clients.Find(remote.fingerprint);
  if (!client) {
    return Refuse(
        absl::StatusCode::kUnauthenticated, "CLIENT_UNKNOWN", address,
        "Certificate " + CleanText(remote.fingerprint, kLongestName) + " of " + address +
            " is not that of a paired client.",
        "Pair it: `soarm pair open` on the robot's computer, and `soarm pair join` there.");
  }
  const std::string name = CleanText(client->name, kLongestName);
  std::string shown = "client " + name + " (" + address + ")";
  if (client->revoked) {
    return Refuse(
        absl::StatusCode::kUnauthenticated, "CLIENT_REVOKED", name,
        "The pairing of " + shown + " was revoked.",
        "Pair it anew: `soarm pair open` on the robot's computer, and `soarm pair join` there.");
  }
  Caller caller(ListenerKind::kTls, client->role, shown, shown);
  caller.client_name_ = name;
  caller.is_silent_ = remote.is_silent;
  return caller;
}

LeaseClass Caller::highest_lease_class() const {
  switch (role_) {
    case ClientRole::kViewer:
      break;
    case ClientRole::kOperator:
      return LeaseClass::kTeleop;
    case ClientRole::kAdmin:
      return LeaseClass::kSupervisor;
  }
  return LeaseClass::kObserver;
}

}  // namespace soarm
