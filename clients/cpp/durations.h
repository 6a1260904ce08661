#pragma once

#include <google/protobuf/duration.pb.h>

#include "common/time/clock.h"

namespace soarm::client {

inline google::protobuf::Duration ToProto(Nanos span) {
  google::protobuf::Duration duration;
  duration.set_seconds(span.count() / 1'000'000'000);
  duration.set_nanos(static_cast<std::int32_t>(span.count() % 1'000'000'000));
  return duration;
}

inline Nanos FromProto(const google::protobuf::Duration& duration) {
  return std::chrono::seconds(duration.seconds()) + Nanos(duration.nanos());
}

}  // namespace soarm::client
