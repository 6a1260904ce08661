#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "common/time/clock.h"
#include "server/core/actuator_bus.h"
#include "server/servo/bus/answer.h"

namespace soarm::servo {

// One request that an operation wants made in the tick's slack.
struct Step {
  enum class Kind : std::uint8_t { kNone, kRead, kWrite };
  Kind kind = Kind::kNone;
  std::size_t joint = 0;
  Block block{};             // kRead
  std::uint8_t address = 0;  // kWrite
  RegisterBytes value{};
};

// Work on servo registers over many ticks. Each tick calls, in this order:
//
//   AddToTick()   sync-writes that go out with, and ahead of, the tick's own traffic
//   AfterTick()   the tick's answers are in the context
//   Next()        one more request, if there is time for one; then Take() with its answer
//
// While it runs, every tick reads the working registers of all servos, so what AddToTick() wrote
// can be read back in the same tick. (Ticks before quiet_until() send nothing and call nothing.)
//
// `Bus` is a family's context: BusParts and `servos`.
//
// Real time  every function.
template <typename Bus>
class Operation {
 public:
  virtual ~Operation() = default;
  virtual void Start(Bus& bus, const BusOperationRequest& request) noexcept = 0;
  virtual void AddToTick(Bus& /*bus*/) noexcept {}
  virtual void AfterTick(Bus& bus, const BusTick& tick) noexcept = 0;
  virtual Step Next(Bus& /*bus*/) noexcept { return {}; }
  virtual void Take(Bus& /*bus*/, const Step& /*step*/, const Answer& /*answer*/) noexcept {}
  // Whether a release takes its place at any step, see ActuatorBus::Begin().
  virtual bool yields_to_release() const noexcept { return true; }
  // Until then nothing may be sent: a servo is writing its flash.
  virtual MonoTime quiet_until() const noexcept { return {}; }
  // Joints that a release in its place sees to as well.
  virtual JointMask to_release() const noexcept { return 0; }

  const BusOperationResult& result() const noexcept { return result_; }
  bool running() const noexcept { return result_.phase == BusOperationResult::Phase::kRunning; }

 protected:
  // How long a servo that does not answer, or does not take what it is told, is asked again: a
  // busy host loses a few answers in a row.
  static constexpr Nanos kSearch = std::chrono::milliseconds(500);

  void Run(const Bus& bus) noexcept {
    result_ = {.phase = BusOperationResult::Phase::kRunning};
    SearchAnew(bus);
  }
  void SearchAnew(const Bus& bus) noexcept { search_until_ = bus.clock.Now() + kSearch; }
  bool SearchedEnough(const Bus& bus) const noexcept { return bus.clock.Now() >= search_until_; }
  void Succeed(JointMask done = 0) noexcept {
    result_.phase = BusOperationResult::Phase::kDone;
    result_.done = done;
  }
  void Fail(const BusOperationResult& why) noexcept {
    result_ = why;
    result_.phase = BusOperationResult::Phase::kFailed;
  }
  static BusOperationResult Refuse(BusRefusal refusal, std::size_t joint,
                                   const RegisterFact& fact) noexcept {
    return {.refusal = refusal, .joint = static_cast<JointIndex>(joint), .fact = fact};
  }
  static BusOperationResult Refuse(BusRefusal refusal, std::size_t joint) noexcept {
    return {.refusal = refusal, .joint = static_cast<JointIndex>(joint)};
  }

 private:
  BusOperationResult result_;
  MonoTime search_until_{};
};

// Readings of the working registers since a moment, for each joint.
class FreshReadings {
 public:
  template <typename Bus>
  void Restart(const Bus& bus) noexcept {
    for (std::size_t i = 0; i < bus.servos.size(); ++i) seen_[i] = bus.servos[i].working_reads;
  }
  // Whether this joint was read since Restart().
  template <typename Bus>
  bool Has(const Bus& bus, std::size_t joint) const noexcept {
    return bus.servos[joint].working_reads != seen_[joint];
  }
  template <typename Bus>
  bool HasAll(const Bus& bus, JointMask joints) const noexcept {
    for (std::size_t i = 0; i < bus.servos.size(); ++i) {
      if ((joints & MaskOf(i)) != 0 && !Has(bus, i)) return false;
    }
    return true;
  }

 private:
  std::uint32_t seen_[kMaxJoints] = {};
};

}  // namespace soarm::servo
