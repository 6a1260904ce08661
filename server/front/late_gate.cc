#include "server/front/late_gate.h"

#include <algorithm>

namespace soarm {

LateGate::Verdict LateGate::Hear(std::string_view bytes, MonoTime now) {
  std::string_view rest = bytes;
  while (const std::optional<ClientSaid> said = frames_.Next(rest)) {
    const Verdict verdict = Take(*said, now);
    if (verdict != Verdict::kGoOn) return verdict;
    const std::string_view heard = bytes.substr(0, bytes.size() - rest.size());
    bytes = rest;
    if (frames_.is_in_block()) {
      begun_.append(heard);
    } else if (begun_.empty()) {
      Pass(*said, heard);
    } else {
      begun_.append(heard);
      Pass(*said, begun_);
      begun_.clear();
    }
  }
  begun_.append(bytes);
  if (calls_.empty() && frames_.IsInUnkept()) {
    ready_.append(begun_);
    begun_.clear();
  }
  const std::size_t held = waiting_.size() + begun_.size();
  if (!calls_.empty() && held >= kMostWaiting_bytes) WaitNoLonger(now);
  return Verdict::kGoOn;
}

// Headers are understood in their order only, and streams begin in the order of their numbers.
void LateGate::Pass(const ClientSaid& said, std::string_view bytes) {
  const bool waits = !calls_.empty() && (said.is_header || said.stream >= calls_.front().stream);
  if (!waits) {
    ready_.append(bytes);
    return;
  }
  const auto call = std::ranges::find(calls_, said.stream, &Waiting::stream);
  if (said.kind == ClientSaid::Kind::kTakesBack && call != calls_.end()) {
    // Ahead of what it asks for, which nobody reads then.
    waiting_.insert(call->said, bytes);
    for (auto later = std::next(call); later != calls_.end(); ++later) {
      later->from += bytes.size();
      later->said += bytes.size();
    }
    return;
  }
  waiting_.append(bytes);
  if (said.is_header && call != calls_.end() && call->said == 0) call->said = waiting_.size();
}

LateGate::Verdict LateGate::Take(const ClientSaid& said, MonoTime now) {
  switch (said.kind) {
    case ClientSaid::Kind::kTooMuch:
      return Verdict::kSaysTooMuch;
    case ClientSaid::Kind::kTakesBack:
      return resets_->Take(now) ? Verdict::kGoOn : Verdict::kTakesBackTooMuch;
    case ClientSaid::Kind::kOverhead:
      return overhead_.Take(now) ? Verdict::kGoOn : Verdict::kSaysTooMuch;
    case ClientSaid::Kind::kCall:
      BeginCall(when_late_(said.text), said.stream, now);
      [[fallthrough]];
    case ClientSaid::Kind::kMessage:
      if (life_.ShouldAsk(now)) Ask(now);
      break;
    case ClientSaid::Kind::kPingAnswer: {
      life_.Hear(said.text);
      if (unproved_ && life_.proved() >= *unproved_) unproved_.reset();
      const auto younger = std::ranges::find_if(
          calls_, [this](const Waiting& call) { return call.since > life_.proved(); });
      LetGoOf(static_cast<std::size_t>(younger - calls_.begin()));
      break;
    }
    case ClientSaid::Kind::kOther:
      break;
  }
  return Verdict::kGoOn;
}

void LateGate::BeginCall(WhenLate when_late, std::uint32_t stream, MonoTime now) {
  if (when_late == WhenLate::kDoneAtOnce && !calls_.empty()) WaitNoLonger(now);
  if (when_late != WhenLate::kWaits) return;
  // What was given to the server while it was silent has been refused by now.
  if (!unproved_ && now - refused_ >= kHeardWithin) is_silent_ = false;
  if (calls_.empty() && life_.IsFresh(now)) return;
  if (is_silent_) refused_ = now;
  unproved_ = now;
  Ask(now);
  if (!is_silent_) calls_.push_back({.since = now, .stream = stream, .from = waiting_.size()});
}

// The first so many.
void LateGate::LetGoOf(std::size_t calls) {
  if (calls == 0) return;
  const std::size_t bytes = calls < calls_.size() ? calls_[calls].from : waiting_.size();
  ready_.append(waiting_, 0, bytes);
  waiting_.erase(0, bytes);
  calls_.erase(calls_.begin(), calls_.begin() + static_cast<std::ptrdiff_t>(calls));
  for (Waiting& call : calls_) {
    call.from -= bytes;
    call.said -= bytes;
  }
}

std::optional<MonoTime> LateGate::waits_until() const {
  if (calls_.empty()) return std::nullopt;
  return calls_.front().since + kPatience;
}

void LateGate::WaitNoLonger(MonoTime now) {
  is_silent_ = true;
  refused_ = now;
  LetGoOf(calls_.size());
}

}  // namespace soarm
