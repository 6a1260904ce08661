#include "server/servo/feetech/feetech_bus.h"

#include <algorithm>
#include <utility>

#include "server/servo/bus/tick_parts.h"
#include "server/servo/feetech/acting_goal.h"
#include "server/servo/feetech/bus_open.h"
#include "server/servo/feetech/goal_list.h"
#include "server/servo/feetech/measure_transport.h"
#include "server/servo/feetech/publish.h"
#include "server/servo/feetech/reading.h"
#include "server/servo/feetech/registers.h"
#include "server/servo/feetech/sample_decode.h"
#include "server/servo/feetech/seam_watch.h"
#include "server/servo/feetech/torque_checks.h"
#include "server/servo/feetech/working_check.h"

namespace soarm {

namespace feetech = servo::feetech;

using feetech::kWorkingBlock;
using feetech::ServoState;
using servo::Block;
using servo::Plausibility;
using servo::ReplySlot;

namespace {

// A whole bus that stays silent is late rather than absent, for this many ticks.
constexpr int kSilentTicksToMisses = 10;
constexpr Block kCurrent{feetech::reg::kCurrent.address, feetech::reg::kCurrent.width};
constexpr Block kPlace{feetech::reg::kPosition.address, feetech::reg::kPosition.width};
constexpr Block kLock{feetech::reg::kLock.address, feetech::reg::kLock.width};
constexpr Block kDrive{
    kWorkingBlock.address,
    feetech::reg::kLoad.address + feetech::reg::kLoad.width - kWorkingBlock.address};
// When no servo answers for so long, what was learned about the bus (the adapter's echo, its
// delays) is as doubtful as they are; and an opening that finds nobody says so.
constexpr Nanos kAloneToReopen = std::chrono::seconds(3);

}  // namespace

FeetechBus::FeetechBus(ServoBusOptions options, std::unique_ptr<SerialPort> port, Clock& clock)
    : options_(std::move(options)),
      port_(std::move(port)),
      clock_(clock),
      bus_(options_, *port_, clock) {}

FeetechBus::~FeetechBus() { Close(); }

absl::Status FeetechBus::Open() {
  Close();
  // An arm that we hold is not left to a program that came meanwhile.
  const auto others = std::exchange(was_ours_, false) ? SerialPort::Others::kTolerated
                                                      : SerialPort::Others::kRefused;
  absl::Status status = feetech::OpenBus(bus_, others);
  if (!status.ok()) {
    port_->Close();
    return status;
  }
  Plan();
  operations_.Reset();
  silent_ticks_ = 0;
  doubtful_ = 0;
  unconfirmed_.Reset();
  refreshed_at_ = clock_.Now();
  reviewed_at_ = alone_since_ = clock_.Now();
  open_ = was_ours_ = true;
  return absl::OkStatus();
}

void FeetechBus::Plan() noexcept {
  plan_ = servo::ReadPlan(options_, bus_.link.timer(), feetech::kStsLayout, bus_.servos.size());
}

void FeetechBus::Close() noexcept {
  open_ = false;
  operations_.Abandon();
  port_->Close();
}

std::span<const JointModel> FeetechBus::joints() const noexcept { return bus_.models; }

BusTick FeetechBus::Exchange(std::span<const JointGoal> goals, std::span<JointSample> samples,
                             MonoTime deadline) noexcept {
  BusTick tick;
  if (!open_) {
    tick.lost = true;
    return tick;
  }
  servo::Operation<feetech::BusContext>* const current = operations_.running();
  if (current != nullptr && clock_.Now() < current->quiet_until()) {
    tick.paused = true;
    tick.adapter = AdapterNow();
    Publish(samples);
    return tick;
  }
  AskAll(goals, tick);
  if (current != nullptr && !tick.lost) current->AfterTick(bus_, tick);
  if (!tick.lost) UseSlack(deadline, tick);
  if (tick.lost) {
    operations_.Abandon();
    was_ours_ = false;
  }
  tick.reopen = ShouldReopen();
  tick.adapter = AdapterNow();
  Publish(samples);
  return tick;
}

AdapterState FeetechBus::AdapterNow() const noexcept {
  const servo::TransportDelay& transport = bus_.transport();
  return transport.is_slow() ? AdapterState{transport.usual(), transport.lets_drive()}
                             : AdapterState{};
}

bool FeetechBus::ShouldReopen() noexcept {
  bool alone = true;
  bool wanted = false;
  for (const ServoState& servo : bus_.servos) {
    const bool readable = !servo.health.quarantined() && !servo.health.shares_its_id();
    if (!servo.known && readable) return true;
    if (servo.latched.Has(Fault::kSettingsChanged)) return true;
    alone = alone && servo.health.quarantined();
    wanted = wanted || servo.rest_wanted_since != MonoTime{};
  }
  if (!alone) alone_since_ = clock_.Now();
  if (clock_.Now() - alone_since_ < kAloneToReopen) return false;
  if (!wanted) return true;
  // What has to reach a servo goes on being written, whether or not it answers.
  feetech::DetectEcho(bus_);
  alone_since_ = clock_.Now();
  return false;
}

void FeetechBus::AskAll(std::span<const JointGoal> goals, BusTick& tick) noexcept {
  bus_.requests.Clear();
  // Here, not only where something is sent: when every servo owes every length nothing is sent.
  bus_.link.debts().Forget(clock_.Now());
  servo::Operation<feetech::BusContext>* const current = operations_.running();
  if (current != nullptr) current->AddToTick(bus_);
  tick.written = feetech::AddGoals(goals, bus_.models, bus_.samples, bus_.servos, clock_.Now(),
                                   plan_.usual_current_gap(), bus_.requests);

  bool unsure = current != nullptr;
  for (const ServoState& servo : bus_.servos) {
    if (servo.health.quarantined()) continue;
    unsure = unsure || servo.doubt || servo.rest_wanted_since != MonoTime{};
  }
  const Block block = bus_.link.debts().Distinct(plan_.Next(clock_.Now(), unsure),
                                                 servo::IdsOnTheList(bus_.servos));
  servo::TickSlots due =
      servo::SlotsOf(bus_.servos, bus_.samples, bus_.link.debts(), block, options_.patience);
  // Who missed its last answer may have done so for that.
  due.patience = bus_.transport_watch.Patience(due.patience);
  servo::ReplySlots& slots = due.slots;
  if (!due.ids.empty()) bus_.requests.SyncRead(block, due.ids);
  if (bus_.requests.size() == 0) {  // all are put aside; the adapter may be gone as well
    servo::HearLate(bus_.link.Listen(), bus_.servos, tick);
    return;
  }

  const servo::AskResult asked = bus_.link.Ask(bus_.requests.bytes(), slots, due.patience);
  servo::HearLate(asked, bus_.servos, tick);
  if (!asked.sent) {
    for (ServoState& servo : bus_.servos) servo.goal_rewrite = true;
    tick.written = 0;
  }
  const bool nothing = !asked.sent || asked.silent;
  silent_ticks_ = nothing && !slots.empty() ? silent_ticks_ + 1 : 0;
  tick.late = nothing && slots.size() > 1 && silent_ticks_ < kSilentTicksToMisses;
  doubtful_ = 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const ReplySlot& slot = slots[i];
    const std::size_t joint = due.joints[i];
    const servo::Reading reading{.block = block,
                                 .data = slot.bytes(),
                                 .status = slot.status,
                                 .at = slot.sent_at,
                                 .alone = slots.size() == 1};
    const Plausibility heard = slot.answered ? Weigh(joint, reading) : Plausibility::kImpossible;
    if (heard == Plausibility::kSurprise) {
      doubtful_ |= MaskOf(joint);
    } else if (heard == Plausibility::kFits) {
      if (slot.repeated) bus_.servos[joint].health.OnRepeated();
      Take(joint, reading, tick);
      if (bus_.servos[joint].says != ServoState::Says::kNothing) doubtful_ |= MaskOf(joint);
    } else {
      Miss(joint, slot.damaged || slot.answered, tick);
    }
  }
}

servo::Plausibility FeetechBus::Weigh(std::size_t joint, const servo::Reading& reading) noexcept {
  ServoState& servo = bus_.servos[joint];
  const Plausibility heard =
      feetech::Weigh(bus_.models[joint], bus_.samples[joint], servo, reading);
  servo.impossible = heard == Plausibility::kImpossible;
  return heard;
}

void FeetechBus::Take(std::size_t joint, const servo::Reading& reading, BusTick& tick) noexcept {
  ServoState& servo = bus_.servos[joint];
  JointSample& sample = bus_.samples[joint];
  servo.health.OnAnswer();
  servo.status = reading.status;
  servo.acknowledged_status &= reading.status;  // once gone, it is news when it comes back
  sample.misses = 0;
  sample.sampled_at = reading.at;
  tick.answered |= MaskOf(joint);
  JointSample fresh = sample;
  fresh.load = 0;  // an old one says nothing of this position
  feetech::DecodeFeedback(bus_.models[joint], servo, reading.block, reading.data, fresh);
  feetech::CheckOutput(bus_.models[joint], fresh, servo, reading.alone);
  TakeRegisters(joint, reading);
}

// What a reading covers, whoever asked for it.
void FeetechBus::TakeRegisters(std::size_t joint, const servo::Reading& reading) noexcept {
  ServoState& servo = bus_.servos[joint];
  JointSample& sample = bus_.samples[joint];
  const Block block = reading.block;
  feetech::DecodeFeedback(bus_.models[joint], servo, block, reading.data, sample);
  if (Covers(block, kWorkingBlock)) {
    feetech::CheckWorking(servo, feetech::DecodeWorking(block.address, reading.data));
    feetech::CheckSeamTorque(servo);
  }
  if (Covers(block, kPlace)) feetech::WatchSeam(sample.position_raw, servo);
  // An operation opens it, too.
  if (Covers(block, kLock) && operations_.running() == nullptr) {
    feetech::CheckLock(servo, DecodeFrom(feetech::reg::kLock, block.address, reading.data));
  }
  if (Covers(block, kDrive))
    feetech::CheckDrive(bus_.models[joint], sample, servo, reading.at, reading.alone);
  if (Covers(block, kCurrent)) feetech::CheckCurrent(servo, sample.current_a, reading.at);
}

void FeetechBus::Miss(std::size_t joint, bool damaged, BusTick& tick) noexcept {
  servo::CountMiss(bus_.servos[joint], bus_.samples[joint], damaged, tick, clock_.Now());
}

BusRefusal FeetechBus::Begin(const BusOperationRequest& request) noexcept {
  return open_ ? operations_.Begin(bus_, request) : BusRefusal::kBusLost;
}

const BusOperationResult& FeetechBus::operation() const noexcept { return operations_.result(); }

void FeetechBus::Publish(std::span<JointSample> samples) noexcept {
  feetech::PublishSamples(bus_.models, bus_.servos, bus_.samples, clock_.Now());
  std::copy_n(bus_.samples.begin(), std::min(samples.size(), bus_.samples.size()), samples.begin());
}

}  // namespace soarm
