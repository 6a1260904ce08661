#include "server/front/late_gate.h"

namespace soarm {

LateGate::Verdict LateGate::Hear(std::string_view bytes, MonoTime now) {
  const auto append = [this](std::string_view part) {
    (waits_until_ ? waiting_ : ready_).append(part);
  };
  std::string_view rest = bytes;
  while (const std::optional<ClientSaid> said = frames_.Next(rest)) {
    const Verdict verdict = Take(*said, now);
    if (verdict != Verdict::kGoOn) return verdict;
    append(bytes.substr(0, bytes.size() - rest.size()));
    bytes = rest;
  }
  append(bytes);
  if (waiting_.size() >= kMostWaiting_bytes) WaitNoLonger(now);
  return Verdict::kGoOn;
}

LateGate::Verdict LateGate::Take(const ClientSaid& said, MonoTime now) {
  switch (said.kind) {
    case ClientSaid::Kind::kTooMuch:
      return Verdict::kSaysTooMuch;
    case ClientSaid::Kind::kTakesBack:
      return resets_->Take(now) ? Verdict::kGoOn : Verdict::kTakesBackTooMuch;
    case ClientSaid::Kind::kQuestion:
      return questions_.Take(now) ? Verdict::kGoOn : Verdict::kSaysTooMuch;
    case ClientSaid::Kind::kCall:
      BeginCall(when_late_(said.text), now);
      [[fallthrough]];
    case ClientSaid::Kind::kMessage:
      if (life_.ShouldAsk(now)) Ask(now);
      break;
    case ClientSaid::Kind::kPingAnswer:
      life_.Hear(said.text, now);
      if (doubted_since_ && life_.proved() >= *doubted_since_) {
        doubted_since_.reset();
        waits_until_.reset();
        ready_.append(std::exchange(waiting_, {}));
      }
      break;
    case ClientSaid::Kind::kOther:
      break;
  }
  return Verdict::kGoOn;
}

void LateGate::BeginCall(WhenLate when_late, MonoTime now) {
  if (when_late == WhenLate::kDoneAtOnce && waits_until_) WaitNoLonger(now);
  if (when_late != WhenLate::kWaits) return;
  if (!doubted_since_) {
    // What was given to the server while it was silent has been refused by now.
    if (now - refused_ >= kHeardWithin) is_silent_ = false;
    if (life_.IsFresh(now)) return;
    doubted_since_ = now;
    Ask(now);
    if (!is_silent_) waits_until_ = now + kPatience;
  }
  if (is_silent_) refused_ = now;
}

void LateGate::WaitNoLonger(MonoTime now) {
  is_silent_ = true;
  refused_ = now;
  waits_until_.reset();
  ready_.append(std::exchange(waiting_, {}));
}

}  // namespace soarm
