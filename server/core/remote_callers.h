#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace soarm {

// The other end of a connection that came in by TLS.
struct RemoteCaller {
  std::string address;      // "192.168.1.7", "fe80::1"
  std::string fingerprint;  // of the certificate that it proved to have; see PairedClient
  // It was asked for a sign of life and gives none: what comes from it may be old, and its sender
  // have given it up.
  bool is_silent = false;
};

// With this the names of such connections begin, and no others do that mean anything. So a call of
// a connection that has ended, and is not found any more, does not pass for one by the Unix socket.
inline constexpr std::string_view kRemoteConnectionPrefix = "soarm-remote-";

// Who is at the other end of the connections that the front door hands on. To the gRPC server each
// of them is a Unix socket whose other end has a name; nobody else can have that name while the
// connection lasts.
//
// Threads  any; answers from memory.
class RemoteCallers {
 public:
  virtual ~RemoteCallers() = default;

  // `connection` is that name, with its prefix and without what a scheme puts before it.
  virtual std::optional<RemoteCaller> Find(std::string_view connection) const = 0;
  // Who it was, of a connection that has ended lately: to name who asked for something last, and
  // for no right that it had. No name is given twice.
  virtual std::optional<RemoteCaller> FindEnded(std::string_view connection) const = 0;
};

}  // namespace soarm
