#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <absl/status/status.h>

#include "common/time/clock.h"
#include "server/core/pairing.h"

namespace soarm {

// One offer of pairing: its secret, how long it is good, and how many wrong ones were tried. Pure;
// time is passed in.
//
// Threads  one at a time.
class PairingWindow {
 public:
  // Nobody guesses 128 bits in five tries; who mistypes gets a few.
  static constexpr int kMostWrong = 5;

  // Makes a new secret.
  PairingWindow(ClientRole role, MonoTime until);

  const std::string& secret() const { return secret_; }
  ClientRole role() const { return role_; }
  MonoTime until() const { return until_; }
  bool IsOpen(MonoTime now) const { return ended_.empty() && !taken_ && now < until_; }
  // Nothing comes of it any more.
  bool IsOver(MonoTime now) const { return !taken_ && !IsOpen(now); }

  // OK: it is the secret, and nobody can use it again until Return().
  //   kFailedPrecondition  PAIRING_CLOSED
  //   kPermissionDenied    WRONG_SECRET; the last one shuts the window
  absl::Status Take(std::string_view secret, MonoTime now);
  // What was asked with the right secret was not done, because of `failure`: it may be asked again.
  void Return(const absl::Status& failure);
  void Paired(const PairedClient& client);
  void Close();
  PairingState State(MonoTime now) const;

 private:
  const std::string secret_;
  const ClientRole role_;
  const MonoTime until_;
  int wrong_ = 0;
  bool taken_ = false;  // somebody with the secret is being answered
  std::string ended_;   // why; empty: it is not, but for its time
  std::optional<PairedClient> paired_;
  absl::Status failure_;
};

}  // namespace soarm
