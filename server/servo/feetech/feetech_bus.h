#pragma once

#include <memory>
#include <span>

#include "server/core/actuator_bus.h"
#include "server/serial/serial_port.h"
#include "server/servo/bus/options.h"
#include "server/servo/bus/plausibility.h"
#include "server/servo/bus/read_plan.h"
#include "server/servo/bus/slack.h"
#include "server/servo/feetech/bus_context.h"
#include "server/servo/feetech/operations.h"

namespace soarm {

// A bus of Feetech STS servos on a tty: the driver behind ActuatorBus. This folder is what is
// Feetech's, its packets, registers, status bits and their quirks; what any servo bus does it takes
// from server/servo/bus (bus_parts.h says what). One tick is one write (goals and the request for
// all states) and one read; what the period leaves over goes to servos that have to say again what
// they said, then to one more request of each kind: a step of the running operation, a probe of a
// quarantined servo, a look at working registers or at stored ones.
//
// Threads, Real time, Units   as ActuatorBus.
// Ownership                   owns the port; the clock outlives it.
class FeetechBus final : public ActuatorBus {
 public:
  FeetechBus(ServoBusOptions options, std::unique_ptr<SerialPort> port, Clock& clock);
  ~FeetechBus() override;

  absl::Status Open() override;
  std::span<const Problem> notes() const noexcept override { return bus_.notes; }
  std::span<const JointModel> joints() const noexcept override;
  BusTick Exchange(std::span<const JointGoal> goals, std::span<JointSample> samples,
                   MonoTime deadline) noexcept override;
  BusRefusal Begin(const BusOperationRequest& request) noexcept override;
  const BusOperationResult& operation() const noexcept override;
  void Close() noexcept override;

  // How much longer than computed an answer may take, at the moment; for diagnostics.
  Nanos allowance() const noexcept { return bus_.transport().allowance(); }

 private:
  void AskAll(std::span<const JointGoal> goals, BusTick& tick) noexcept;
  servo::Plausibility Weigh(std::size_t joint, const servo::Reading& reading) noexcept;
  // The answer that a joint owes in each tick.
  void Take(std::size_t joint, const servo::Reading& reading, BusTick& tick) noexcept;
  void TakeRegisters(std::size_t joint, const servo::Reading& reading) noexcept;
  void Miss(std::size_t joint, bool damaged, BusTick& tick) noexcept;
  void Plan() noexcept;
  AdapterState AdapterNow() const noexcept;
  // Whether what was learned when the bus was opened no longer holds.
  bool ShouldReopen() noexcept;
  void Publish(std::span<JointSample> samples) noexcept;

  // In bus_slack.cc:
  void UseSlack(MonoTime deadline, BusTick& tick) noexcept;
  // Measures the transport where it may have changed since the bus was opened.
  void LookAtTransport(MonoTime deadline, BusTick& tick) noexcept;
  // For how long this servo's answer is waited for beyond its worst case.
  Nanos PatienceFor(const servo::feetech::ServoState& servo) const noexcept;
  void StepOperation(MonoTime deadline, BusTick& tick) noexcept;
  // Asks those again, alone, whose answer counts only if they say it twice.
  void Confirm(MonoTime deadline, BusTick& tick) noexcept;
  void ConfirmOne(std::size_t joint, BusTick& tick) noexcept;
  void NotAsked(const BusTick& tick) noexcept;
  // An answer beside the one of the tick, and what it covers; what is not believed is damaged.
  servo::Answer ReadOne(std::size_t joint, servo::Block block, BusTick& tick) noexcept;
  void ProbeOne(MonoTime deadline, BusTick& tick) noexcept;
  void RefreshOne(MonoTime deadline, BusTick& tick) noexcept;
  void ReviewOne(MonoTime deadline, BusTick& tick) noexcept;
  bool TimeFor(Nanos usual, MonoTime deadline) const noexcept;

  const ServoBusOptions options_;
  const std::unique_ptr<SerialPort> port_;
  Clock& clock_;
  servo::feetech::BusContext bus_;
  servo::ReadPlan plan_;
  servo::feetech::Operations operations_;
  bool open_ = false;
  bool was_ours_ = false;         // has been since it was opened last
  int silent_ticks_ = 0;          // in a row
  MonoTime alone_since_{};        // no servo has answered
  JointMask doubtful_ = 0;        // who has to say again what it said in this tick
  std::size_t next_confirm_ = 0;  // joint to look at first
  servo::RoomWait unconfirmed_{2};
  servo::RoomWait step_{4};
  servo::Probing probing_;
  MonoTime refreshed_at_{};
  std::size_t next_refresh_ = 0;
  MonoTime reviewed_at_{};
  bool odd_first_ = false;
  std::size_t next_review_ = 0;
};

}  // namespace soarm
