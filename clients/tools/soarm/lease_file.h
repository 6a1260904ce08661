#pragma once

#include <optional>
#include <string>

#include "soarm/v1/lease.pb.h"

namespace soarm::cli {

// A lease as one word, "EPOCH:FENCE:TOKEN", for people to hand on.
std::string ToWord(const v1::LeaseRef& lease);
std::optional<v1::LeaseRef> ParseLeaseWord(const std::string& word);

// The last lease that `soarm lease take` took, and whose it is, kept readable for its user alone in
// $XDG_RUNTIME_DIR/soarm-lease (else in $HOME/.soarm-lease). It saves typing, nothing more: no
// command but `lease release` reads it.
struct KeptLease {
  v1::LeaseRef lease;
  std::string server;  // as --server takes it; empty: not known
};
bool SaveLease(const KeptLease& kept);
std::optional<KeptLease> LoadLease();
void ForgetLease();

}  // namespace soarm::cli
