#pragma once

#include <string>
#include <string_view>

#include "server/core/pairing.h"

namespace soarm {

// Pairing as a test sets it.
struct FakePairing final : Pairing {
  absl::StatusOr<PairingOffer> Open(ClientRole role, Nanos lasts) override {
    opened_as = role;
    if (!refusal.ok()) return refusal;
    return PairingOffer{.join_string = "soarm-pair:1/here", .lasts = lasts};
  }
  void Close() override { closed = true; }
  PairingState State() const override { return state; }
  absl::StatusOr<PairedClient> Revoke(std::string_view client) override {
    if (!refusal.ok()) return refusal;
    PairedClient revoked;
    revoked.name = client;
    revoked.fingerprint = "fp-" + std::string(client);
    revoked.revoked = true;
    return revoked;
  }

  // Before a call, or after it.
  absl::Status refusal;
  PairingState state;
  std::optional<ClientRole> opened_as;
  bool closed = false;
};

}  // namespace soarm
