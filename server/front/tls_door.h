#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <absl/status/status.h>

#include "server/core/client_store.h"
#include "server/core/when_late.h"
#include "server/front/caller_table.h"
#include "server/front/tls_identity.h"

namespace soarm {

// Shakes hands with who comes by TLS, and stands between it and the gRPC server from then on, which
// gets a Unix socket without TLS. So nobody whose certificate was not found good reaches any code
// of gRPC's, and whoever is revoked is cut off in the middle of what it says.
//
// Threads    any; all its work is done on its own thread, "tls", the handlers' as well.
// Ownership  `clients` and `callers` must outlive it.
class TlsDoor {
 public:
  struct Handlers {
    // It has proved who it is; `answer` takes, once and on any thread, whether there is room for
    // it.
    std::function<void(std::uint64_t id, std::function<void(bool has_room)> answer)> welcome;
    // The server's end of a connection. It owns the descriptor.
    std::function<void(int fd)> serve;
    LateRule when_late;
    // It is not busy any more.
    std::function<void()> go_on;
  };

  // Shakes hands with so many at a time.
  TlsDoor(const ClientStore& clients, CallerTable& callers, std::size_t most_asked,
          Handlers handlers);
  ~TlsDoor();
  TlsDoor(const TlsDoor&) = delete;
  TlsDoor& operator=(const TlsDoor&) = delete;

  // From the next connection on. Before the first one nobody gets in.
  //   kInternal  TLS_FAILED
  absl::Status Show(const TlsIdentity& identity);
  // Whether one more would be too many.
  bool is_busy() const;
  // A connection that was accepted; owns `fd`.
  void Greet(int fd, std::uint64_t id, const std::string& address);
  // Cuts all connections, and takes none from then on. No handler runs any more when it returns.
  void End();
  // Cuts off who shows that certificate, also while it shakes hands.
  void Cut(const std::string& fingerprint);

 private:
  class Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace soarm
