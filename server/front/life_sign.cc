#include "server/front/life_sign.h"

#include <algorithm>
#include <cstring>

#include "server/front/http2.h"

namespace soarm {

// A ping carries the time at which it went out, which nothing else here does: gRPC counts its own.
std::string LifeSign::Ask(MonoTime now) {
  asked_ = now;
  const std::int64_t at = ToNanos(now);
  std::array<char, kPingBytes> payload{};
  static_assert(sizeof at == payload.size());
  std::memcpy(payload.data(), &at, payload.size());
  return Http2Ping({payload.data(), payload.size()});
}

bool LifeSign::IsFresh(MonoTime now) const {
  const auto known = ways_.begin() + static_cast<std::ptrdiff_t>(std::min(answers_, ways_.size()));
  const auto quickest = std::min_element(ways_.begin(), known);
  return now - proved_ <= kFresh + (quickest == known ? Nanos{0} : *quickest * 3 / 2);
}

void LifeSign::Hear(std::string_view payload, MonoTime now) {
  if (payload.size() != kPingBytes) return;
  std::int64_t at = 0;
  std::memcpy(&at, payload.data(), kPingBytes);
  const MonoTime sent = FromNanos(at);
  if (sent <= proved_ || sent > asked_) return;
  proved_ = sent;
  ways_[answers_++ % ways_.size()] = std::min(now - sent, kLongestWay);
}

}  // namespace soarm
