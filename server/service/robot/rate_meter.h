#pragma once

#include <mutex>
#include <vector>

#include "server/core/robot.h"

namespace soarm {

// How fast each bus really ticks, over the last quarter of a second or more.
//
// Threads  OnTick() on `pub`, Rate() on any.
class RateMeter final : public Robot::Listener {
 public:
  RateMeter(Robot& robot, const Clock& clock);
  ~RateMeter() override;
  RateMeter(const RateMeter&) = delete;
  RateMeter& operator=(const RateMeter&) = delete;

  void OnTick() override;
  bool WantsEveryTick() const override { return false; }
  double Rate_hz(std::size_t bus) const;  // 0 when it stands still or just started

 private:
  struct Look {
    std::uint64_t ticks_run = 0;
    MonoTime at{};
  };
  struct Window {
    Look before;
    Look newest;
  };

  Robot& robot_;
  const Clock& clock_;

  mutable std::mutex mutex_;  // guards what follows
  MonoTime looked_at_{};
  std::vector<Window> windows_;  // by bus
};

}  // namespace soarm
