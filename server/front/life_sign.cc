#include "server/front/life_sign.h"

#include <array>
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

void LifeSign::Hear(std::string_view payload) {
  if (payload.size() != kPingBytes) return;
  std::int64_t at = 0;
  std::memcpy(&at, payload.data(), kPingBytes);
  const MonoTime sent = FromNanos(at);
  if (sent > proved_ && sent <= asked_) proved_ = sent;
}

}  // namespace soarm
