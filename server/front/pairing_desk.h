#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "common/time/clock.h"
#include "server/core/audit.h"
#include "server/core/pairing.h"
#include "server/front/front_door.h"
#include "server/front/pairing_endpoint.h"
#include "server/front/pairing_window.h"
#include "server/front/robot_clock.h"

namespace soarm {

struct PairingOptions {
  std::string folder;  // of the robot's keys
  std::string robot;   // what clients call it unless they say otherwise
  // Of the endpoint, while pairing is open; none: the port after that of TLS.
  std::optional<std::uint16_t> port;
  std::function<absl::Status()> may_write = [] { return absl::OkStatus(); };
  Audit* audit = nullptr;  // may be null
  RobotClock clock = &ReadRobotClock;
};

// Pairs: offers, checks what comes of them, signs and remembers.
//
// Threads    any. What waits (the disk, the end of an offer) does not hold up State().
// Ownership  the door and the clients must outlive it.
class PairingDesk final : public Pairing {
 public:
  PairingDesk(PairingOptions options, FrontDoor& door, ClientStore& clients);
  ~PairingDesk() override;  // Close()
  PairingDesk(const PairingDesk&) = delete;
  PairingDesk& operator=(const PairingDesk&) = delete;

  // Opens TLS where somebody is paired. To be called once the door is served.
  //   kUnavailable  LISTEN_FAILED, NOT_SAVED; and whatever TlsIdentity::LoadOrMake() refuses
  absl::Status Start();

  // Shows the files of keys and certificates from now on, if they have changed; the server's
  // certificate is renewed in time. What is not good there changes nothing. To be called now and
  // then, on one thread.
  void Renew();

  absl::StatusOr<PairingOffer> Open(ClientRole role, Nanos lasts) override;
  void Close() override;
  PairingState State() const override;
  absl::StatusOr<PairedClient> Revoke(std::string_view client) override;

 private:
  absl::StatusOr<TlsIdentity> OpenTls() const;
  std::size_t CountPaired() const;
  PairingEndpoint::Answer Answer(const std::string& body, const std::string& address);
  // The certificate of a new client, which is remembered.
  struct Admission {
    PairedClient client;
    std::string certificate;  // PEM
  };
  absl::StatusOr<Admission> Admit(const std::string& name, const std::string& request);
  void Note(const AuditEvent& event) const;
  void NoteRefusal(const absl::Status& refusal, const std::string& address) const;
  std::string FreeName(const std::string& wanted) const;
  void Keep(std::unique_ptr<PairingEndpoint> endpoint);

  const PairingOptions options_;
  FrontDoor& door_;
  ClientStore& clients_;
  const MonotonicClock clock_;
  std::string shown_;                   // of Renew(): what the files were
  MonoTime shown_at_{};                 // of Renew()
  int gone_for_ = 0;                    // of Renew(): so many looks in a row
  std::optional<TlsIdentity> renewed_;  // of Renew(): what it opened TLS with
  mutable std::mutex loading_;          // the files are read and made by one at a time

  std::mutex opening_;  // one Open() or Close() at a time
  std::thread keeper_;  // of the endpoint, for as long as an offer is open; guarded by opening_
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::optional<PairingWindow> window_;
  std::optional<TlsIdentity> identity_;
};

}  // namespace soarm
