#pragma once

#include <cstdint>

#include <google/protobuf/duration.pb.h>

#include "common/time/clock.h"

namespace soarm {

inline google::protobuf::Duration ToProto(Nanos span) {
  google::protobuf::Duration duration;
  duration.set_seconds(span.count() / 1'000'000'000);
  duration.set_nanos(static_cast<std::int32_t>(span.count() % 1'000'000'000));
  return duration;
}

// Spans of more than a century end there, so that adding one to a stamp cannot overflow.
inline Nanos FromProto(const google::protobuf::Duration& duration) {
  constexpr std::int64_t kLongest_s = 100LL * 366 * 24 * 3600;
  if (duration.seconds() > kLongest_s) return std::chrono::seconds(kLongest_s);
  if (duration.seconds() < -kLongest_s) return std::chrono::seconds(-kLongest_s);
  return std::chrono::seconds(duration.seconds()) + Nanos(duration.nanos());
}

}  // namespace soarm
