#include "server/front/pairing_window.h"

#include "common/base/problem.h"
#include "common/tls/digest.h"

namespace soarm {
namespace {

constexpr std::size_t kSecretBytes = 16;

}  // namespace

PairingWindow::PairingWindow(ClientRole role, MonoTime until)
    : secret_(tls::ToBase64Url(tls::RandomBytes(kSecretBytes))), role_(role), until_(until) {}

absl::Status PairingWindow::Take(std::string_view secret, MonoTime now) {
  if (!IsOpen(now)) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "PAIRING_CLOSED", "",
                  "The robot does not pair any more.", "Run `soarm pair open` on it again.");
  }
  if (tls::SameSecret(secret, secret_)) {
    taken_ = true;
    return absl::OkStatus();
  }
  const int left = kMostWrong - ++wrong_;
  if (left <= 0) ended_ = std::to_string(wrong_) + " wrong secrets were tried";
  return Refuse(absl::StatusCode::kPermissionDenied, "WRONG_SECRET", "",
                "This is not the secret that the robot shows.",
                "Copy the whole line that `soarm pair open` printed last.",
                {{"tries_left", std::to_string(left)}});
}

void PairingWindow::Return(const absl::Status& failure) {
  taken_ = false;
  failure_ = failure;
}

void PairingWindow::Paired(const PairedClient& client) {
  taken_ = false;
  paired_ = client;
  failure_ = absl::OkStatus();
  ended_ = "a client has paired";
}

void PairingWindow::Close() {
  if (ended_.empty()) ended_ = "it was closed";
}

PairingState PairingWindow::State(MonoTime now) const {
  PairingState state{.paired = paired_, .ended = ended_, .failure = failure_};
  state.open = IsOpen(now);
  if (state.open) {
    state.left = until_ - now;
    state.tries_left = kMostWrong - wrong_;
  } else if (ended_.empty()) {
    state.ended = "its time was over";
  }
  return state;
}

}  // namespace soarm
