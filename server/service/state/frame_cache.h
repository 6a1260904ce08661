#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <grpcpp/support/slice.h>

#include "common/time/clock_identity.h"
#include "server/core/robot.h"

namespace soarm {

// Encodes the newest state once per tick and selection, however many streams send it.
//
// Threads    any; a leaf lock, held while one frame is encoded.
// Ownership  the slices returned share the bytes; they stay valid without the cache.
class FrameCache {
 public:
  FrameCache(const Robot& robot, const Clock& clock, ClockIdentity& clock_id)
      : robot_(robot), clock_(clock), clock_id_(clock_id) {}

  // A serialised StateFrame of `groups`, which `selection` names; `skipped` is not set in it.
  grpc::Slice Newest(const std::string& selection, const std::vector<const GroupInfo*>& groups);

 private:
  // What tells one published state from the next.
  struct Stamp {
    std::uint64_t tick = 0;
    bool open = false;
    std::uint32_t opens = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  struct Entry {
    std::vector<Stamp> stamps;
    grpc::Slice bytes;
  };

  const Robot& robot_;
  const Clock& clock_;
  ClockIdentity& clock_id_;

  std::mutex mutex_;
  std::map<std::string, Entry>
      entries_;  // guarded by mutex_; at most one per group and one for all
};

}  // namespace soarm
