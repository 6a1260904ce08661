#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "server/core/client_store.h"
#include "server/core/reach.h"
#include "server/core/when_late.h"
#include "server/front/caller_table.h"
#include "server/front/connections.h"
#include "server/front/tls_door.h"
#include "server/front/tls_identity.h"

namespace soarm {

// Every way in: Unix sockets, loopback and TLS. Accepts, finds out who it is, and hands what the
// gRPC server may serve to it. TLS listens from OpenTls() on.
//
// Threads    OpenTls() and Cut() any; the others its owner's.
// Ownership  `clients` and `callers` must outlive it.
class FrontDoor final : public Reach {
 public:
  // Binds every address but those for TLS, or none.
  //   INVALID_ARGUMENT     BAD_LISTEN_ADDRESS, LISTEN_TOO_WIDE
  //   FAILED_PRECONDITION  another program listens there
  //   UNAVAILABLE          LISTEN_FAILED
  static absl::StatusOr<std::unique_ptr<FrontDoor>> Bind(const std::vector<std::string>& listen,
                                                         const ConnectionLimits& limits,
                                                         const ClientStore& clients,
                                                         CallerTable& callers);
  ~FrontDoor() override;
  FrontDoor(const FrontDoor&) = delete;
  FrontDoor& operator=(const FrontDoor&) = delete;

  std::vector<std::string> addresses() const override;
  std::string fingerprint() const override;
  ConnectionCounts connections() const override;
  // Whether there is an address for TLS at all.
  bool has_tls() const { return has_tls_; }
  // The first of them, with its real port once it listens.
  ListenAddress tls_address() const;

  // From now on what comes is given to `serve`, which owns the descriptor; on any thread. What
  // other machines call is let through as `when_late` has it.
  void Serve(std::function<void(int fd)> serve, LateRule when_late);
  // `told` is called once TLS listens, by whoever opens it. To be said before anybody can.
  void WhenTlsOpens(std::function<void()> told) { when_tls_opens_ = std::move(told); }
  // Binds the addresses for TLS, unless they are already, and shows `identity` from now on.
  //   kUnavailable  LISTEN_FAILED
  //   kInternal     TLS_FAILED
  absl::Status OpenTls(const TlsIdentity& identity);
  // Cuts off the client with that certificate.
  void Cut(const std::string& fingerprint) { tls_->Cut(fingerprint); }

  // Asks each listener whether it takes connections, and opens it anew where it has not for three
  // times in a row. Waits for the answers, so long for each; on one thread at a time.
  void CheckListeners(Nanos patience = std::chrono::seconds(2));

  // Takes no more, at once; what is still connected after `patience` is cut off. Does not wait.
  void End(Nanos patience);
  // Cuts what is still connected. Nothing is given to the server any more when it returns.
  void Close();

 private:
  FrontDoor(ConnectionLimits limits, const ClientStore& clients, CallerTable& callers);

  const ConnectionLimits limits_;
  const CallerTable& callers_;
  std::function<void(int fd)> serve_;  // set before anything listens
  LateRule when_late_;                 // likewise
  std::function<void()> when_tls_opens_ = [] {};
  bool has_tls_ = false;  // set before anything listens
  mutable std::mutex mutex_;
  std::vector<ListenAddress> tls_addresses_;  // guarded by mutex_
  std::vector<ListenAddress> open_;           // guarded by mutex_; with their real ports
  std::string fingerprint_;                   // guarded by mutex_; empty: TLS does not listen yet
  std::vector<Listener> listeners_;           // until Serve()
  std::map<std::string, int> silent_;         // of CheckListeners(): how often in a row
  std::unique_ptr<TlsDoor> tls_;
  std::unique_ptr<Connections> connections_;
};

}  // namespace soarm
