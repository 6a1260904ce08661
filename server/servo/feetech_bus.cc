#include "server/servo/feetech_bus.h"

#include <algorithm>
#include <utility>

#include "server/servo/acting_goal.h"
#include "server/servo/belief.h"
#include "server/servo/bus_open.h"
#include "server/servo/goal_list.h"
#include "server/servo/publish.h"
#include "server/servo/registers.h"
#include "server/servo/sample_decode.h"
#include "server/servo/torque_checks.h"
#include "server/servo/working_check.h"

namespace soarm {

using servo::Answer;
using servo::Block;
using servo::kWorkingBlock;
using servo::ReplySlot;
using servo::ServoState;

namespace {

// A whole bus that stays silent is late rather than absent, for this many ticks.
constexpr int kSilentTicksToMisses = 10;
constexpr std::uint32_t kMissesToDoubt = 2;
constexpr Block kCurrent{servo::reg::kCurrent.address, servo::reg::kCurrent.width};
constexpr Block kLoad{servo::reg::kLoad.address, servo::reg::kLoad.width};
constexpr Block kDrive{kWorkingBlock.address,
                       servo::reg::kLoad.address + servo::reg::kLoad.width - kWorkingBlock.address};
// When no servo answers for so long, what was learned about the bus (the adapter's echo, its
// delays) is as doubtful as they are; and an opening that finds nobody says so.
constexpr Nanos kAloneToReopen = std::chrono::seconds(3);
// An operation, and what has to be asked again, waits at most so many ticks for room in the period.
constexpr int kTicksWithoutStep = 4;
constexpr int kTicksUnconfirmed = 2;
// How often one servo's stored settings are looked at again, in turn; where no period leaves room
// for that, they are not.
constexpr Nanos kReviewEvery = std::chrono::milliseconds(250);

bool Covers(Block outer, Block inner) noexcept {
  return outer.address <= inner.address &&
         outer.address + outer.count >= inner.address + inner.count;
}

}  // namespace

FeetechBus::FeetechBus(ServoBusOptions options, std::unique_ptr<SerialPort> port, Clock& clock)
    : options_(std::move(options)),
      port_(std::move(port)),
      clock_(clock),
      bus_(options_, *port_, clock) {}

FeetechBus::~FeetechBus() { Close(); }

absl::Status FeetechBus::Open() {
  Close();
  absl::Status status = servo::OpenBus(bus_);
  if (!status.ok()) {
    port_->Close();
    return status;
  }
  plan_ = servo::ReadPlan(options_, bus_.link.timer(), bus_.servos.size());
  operations_.Reset();
  silent_ticks_ = 0;
  refreshed_at_ = clock_.Now();
  reviewed_at_ = alone_since_ = clock_.Now();
  open_ = true;
  return absl::OkStatus();
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
  servo::Operation* const current = operations_.running();
  if (current != nullptr && clock_.Now() < current->quiet_until()) {
    tick.paused = true;
    Publish(samples);
    return tick;
  }
  AskAll(goals, tick);
  if (current != nullptr && !tick.lost) current->AfterTick(bus_, tick);
  if (!tick.lost) UseSlack(deadline, tick);
  if (tick.lost) operations_.Abandon();
  tick.reopen = ShouldReopen();
  Publish(samples);
  return tick;
}

bool FeetechBus::ShouldReopen() noexcept {
  bool alone = true;
  bool wanted = false;
  for (const ServoState& servo : bus_.servos) {
    if (!servo.known && !servo.health.quarantined()) return true;
    if (servo.latched.Has(Fault::kSettingsChanged)) return true;
    alone = alone && servo.health.quarantined();
    // What has to reach a servo goes on being written, whether or not it answers.
    wanted = wanted || servo.rest_wanted_since != MonoTime{};
  }
  if (!alone || wanted) {
    alone_since_ = clock_.Now();
    return false;
  }
  return clock_.Now() - alone_since_ >= kAloneToReopen;
}

void FeetechBus::AskAll(std::span<const JointGoal> goals, BusTick& tick) noexcept {
  bus_.requests.Clear();
  // Here, not only where something is sent: when every servo owes every length nothing is sent.
  bus_.link.debts().Forget(clock_.Now());
  servo::Operation* const current = operations_.running();
  if (current != nullptr) current->AddToTick(bus_);
  tick.written = servo::AddGoals(goals, bus_.models, bus_.samples, bus_.servos, clock_.Now(),
                                 plan_.usual_current_gap(), bus_.requests);

  PerJoint<std::uint8_t> ids;
  bool unsure = current != nullptr;
  for (const ServoState& servo : bus_.servos) {
    if (servo.health.quarantined()) continue;
    ids.push_back(servo.id);
    unsure = unsure || servo.doubt || servo.rest_wanted_since != MonoTime{};
  }
  const Block block = bus_.link.debts().Distinct(plan_.Next(clock_.Now(), unsure), ids);
  ids.clear();
  servo::ReplySlots slots;
  PerJoint<JointIndex> joints;
  Nanos patience = options_.patience;
  for (std::size_t i = 0; i < bus_.servos.size(); ++i) {
    ServoState& servo = bus_.servos[i];
    servo.asked = !servo.health.quarantined() && !bus_.link.debts().Owes(servo.id, block.count);
    if (!servo.asked) {
      ++bus_.samples[i].misses;
      continue;
    }
    if (servo.health.misses() > 0) patience = Nanos(0);
    ids.push_back(servo.id);
    ReplySlot slot;
    slot.id = servo.id;
    slot.length = block.count;
    slots.push_back(slot);
    joints.push_back(static_cast<JointIndex>(i));
  }
  if (!ids.empty()) bus_.requests.SyncRead(block, ids);
  if (bus_.requests.size() == 0) return;

  const servo::AskResult asked = bus_.link.Ask(bus_.requests.bytes(), slots, patience);
  tick.lost = asked.lost;
  tick.foreign_bytes += asked.foreign_bytes;
  tick.answers_discarded += asked.discarded;
  for (ServoState& servo : bus_.servos) {
    if (std::ranges::count(asked.late_ids, servo.id) > 0) servo.health.OnLateAnswer();
  }
  if (!asked.sent) {
    for (ServoState& servo : bus_.servos) servo.goal_rewrite = true;
    tick.written = 0;
  }
  const bool nothing = !asked.sent || asked.silent;
  silent_ticks_ = nothing && !slots.empty() ? silent_ticks_ + 1 : 0;
  tick.late = nothing && slots.size() > 1 && silent_ticks_ < kSilentTicksToMisses;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].answered &&
        IsBelieved(joints[i], block, slots[i].bytes(), slots.size() == 1, slots[i].sent_at)) {
      Take(slots[i], joints[i], block, tick);
    } else {
      slots[i].damaged = slots[i].damaged || slots[i].answered;
      Miss(slots[i], joints[i], tick);
    }
  }
}

bool FeetechBus::IsBelieved(std::size_t joint, Block block, std::span<const std::uint8_t> data,
                            bool alone, MonoTime at) noexcept {
  return servo::IsBelievable(bus_.models[joint], bus_.samples[joint], bus_.servos[joint], block,
                             data, alone, at);
}

void FeetechBus::Take(const ReplySlot& slot, std::size_t joint, Block block,
                      BusTick& tick) noexcept {
  ServoState& servo = bus_.servos[joint];
  JointSample& sample = bus_.samples[joint];
  servo.health.OnAnswer();
  if (slot.repeated) servo.health.OnRepeated();
  servo.status = slot.status;
  servo.acknowledged_status &= slot.status;  // once gone, it is news when it comes back
  sample.misses = 0;
  sample.sampled_at = slot.sent_at;
  tick.answered |= MaskOf(joint);
  servo::DecodeFeedback(bus_.models[joint], servo, block, slot.bytes(), sample);
  JointSample fresh = sample;
  if (!Covers(block, kLoad)) fresh.load = 0;  // an old one says nothing of this position
  servo::CheckOutput(bus_.models[joint], fresh, servo);
  if (Covers(block, kWorkingBlock)) {
    servo::CheckWorking(servo, servo::DecodeWorking(block.address, slot.bytes()));
  }
  if (Covers(block, kDrive)) servo::CheckDrive(bus_.models[joint], sample, servo, slot.sent_at);
  if (Covers(block, kCurrent)) servo::CheckCurrent(servo, sample.current_a, slot.sent_at);
}

void FeetechBus::Miss(const ReplySlot& slot, std::size_t joint, BusTick& tick) noexcept {
  ServoState& servo = bus_.servos[joint];
  if (++bus_.samples[joint].misses >= kMissesToDoubt) servo::DoubtWorking(servo);
  if (tick.late || tick.lost) return;
  if (slot.damaged) {
    servo.health.OnDamaged(clock_.Now());
    ++tick.answers_corrupt;
  } else {
    servo.health.OnMiss(clock_.Now());
    ++tick.answers_missed;
  }
}

bool FeetechBus::TimeFor(Nanos usual, MonoTime deadline) const noexcept {
  return std::max(clock_.Now(), bus_.link.free_at()) + usual <= deadline;
}

void FeetechBus::UseSlack(MonoTime deadline, BusTick& tick) noexcept {
  StepOperation(deadline, tick);
  const servo::Operation* const current = operations_.running();
  if (current != nullptr && clock_.Now() < current->quiet_until()) return;
  if (!tick.lost) Confirm(deadline, tick);
  if (!tick.lost) ProbeOne(deadline, tick);
  if (!tick.lost) RefreshOne(deadline, tick);
  if (!tick.lost && current == nullptr) ReviewOne(deadline, tick);
}

void FeetechBus::StepOperation(MonoTime deadline, BusTick& tick) noexcept {
  servo::Operation* const current = operations_.running();
  if (current == nullptr) {
    ticks_without_step_ = 0;
    return;
  }
  // Where the period leaves no room (a slow host, a high rate) a step now and then costs a tick.
  if (!TimeFor(bus_.transactor.UsualRead(servo::kStoredBlock), deadline) &&
      ++ticks_without_step_ < kTicksWithoutStep) {
    return;
  }
  ticks_without_step_ = 0;
  const servo::Step step = current->Next(bus_);
  if (step.kind == servo::Step::Kind::kNone) return;
  const ServoState& servo = bus_.servos[step.joint];
  const bool read = step.kind == servo::Step::Kind::kRead;
  const Answer answer = read ? ReadOne(step.joint, step.block)
                             : bus_.transactor.Write(servo.id, step.address, step.value.span(),
                                                     servo.stored.response_level != 0);
  Account(answer, tick);
  if (read && answer.answered) TakeSingle(step.joint, answer);
  current->Take(bus_, step, answer);
}

Answer FeetechBus::ReadOne(std::size_t joint, Block block) noexcept {
  Answer answer = bus_.transactor.Read(bus_.servos[joint].id, block);
  const Block covers{answer.first, answer.count};
  if (answer.answered && !IsBelieved(joint, covers, answer.bytes(), true, clock_.Now())) {
    answer.answered = false;
    answer.damaged = true;
  }
  return answer;
}

void FeetechBus::Account(const Answer& answer, BusTick& tick) noexcept {
  tick.lost = tick.lost || answer.lost;
  tick.foreign_bytes += answer.foreign_bytes;
  tick.answers_discarded += answer.discarded;
  if (answer.damaged) ++tick.answers_corrupt;
}

// The tick's own read judges silence; a single answer only adds what it covers.
void FeetechBus::TakeSingle(std::size_t joint, const Answer& answer) noexcept {
  ServoState& servo = bus_.servos[joint];
  const Block block{answer.first, answer.count};
  if (servo.health.quarantined()) servo.health.OnAnswer();
  servo.status = answer.status;
  servo::DecodeFeedback(bus_.models[joint], servo, block, answer.bytes(), bus_.samples[joint]);
  if (Covers(block, kWorkingBlock)) {
    servo::CheckWorking(servo, servo::DecodeWorking(block.address, answer.bytes()));
  }
  if (Covers(block, kDrive)) {
    servo::CheckDrive(bus_.models[joint], bus_.samples[joint], servo, clock_.Now());
  }
  if (Covers(block, kCurrent)) {
    servo::CheckCurrent(servo, bus_.samples[joint].current_a, clock_.Now());
  }
}

void FeetechBus::Confirm(MonoTime deadline, BusTick& tick) noexcept {
  for (std::size_t joint = 0; joint < bus_.servos.size() && !tick.lost; ++joint) {
    ServoState& servo = bus_.servos[joint];
    if (!servo.surprise.any || servo.health.quarantined()) continue;
    if (!TimeFor(bus_.transactor.UsualRead(servo::kTelling), deadline) &&
        ++ticks_unconfirmed_ < kTicksUnconfirmed) {
      return;
    }
    ticks_unconfirmed_ = 0;
    const Answer answer = ReadOne(joint, servo::kTelling);
    Account(answer, tick);
    if (!answer.answered) continue;
    TakeSingle(joint, answer);
    servo.surprise = {};
  }
}

void FeetechBus::ProbeOne(MonoTime deadline, BusTick& tick) noexcept {
  ServoState* due = nullptr;
  const std::size_t count = bus_.servos.size();
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t joint = (next_probe_ + k) % count;
    if (!bus_.servos[joint].health.ProbeDue(clock_.Now()) || due != nullptr) continue;
    due = &bus_.servos[joint];
    next_probe_ = joint + 1;
  }
  if (due == nullptr || !TimeFor(bus_.transactor.UsualPing(), deadline)) return;
  const Answer answer = bus_.transactor.Ping(due->id);
  Account(answer, tick);
  due->health.OnProbed(clock_.Now());
  if (answer.answered) {
    due->health.OnAnswer();
    servo::DoubtWorking(*due);
  } else if (answer.sent) {
    due->health.OnProbeFailed(answer.damaged);
  }
}

void FeetechBus::RefreshOne(MonoTime deadline, BusTick& tick) noexcept {
  const Block rest = plan_.in_rotation();
  if (rest.count == 0) return;
  const std::size_t count = bus_.servos.size();
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t joint = (next_refresh_ + k) % count;
    ServoState& servo = bus_.servos[joint];
    if (servo.health.quarantined()) continue;
    // Where the period leaves no room a read costs a tick now and then.
    const Nanos longest = servo::ReadPlan::kRotationAtLeastEvery / static_cast<int>(count);
    const bool overdue = clock_.Now() - refreshed_at_ >= longest;
    if (!overdue && !TimeFor(bus_.transactor.UsualRead(rest), deadline)) return;
    refreshed_at_ = clock_.Now();
    next_refresh_ = joint + 1;
    const Answer answer = ReadOne(joint, rest);
    Account(answer, tick);
    if (answer.answered) TakeSingle(joint, answer);
    return;
  }
}

void FeetechBus::ReviewOne(MonoTime deadline, BusTick& tick) noexcept {
  constexpr Block kBlock = servo::kSettingsBlock;
  if (clock_.Now() - reviewed_at_ < kReviewEvery) return;
  if (!TimeFor(bus_.transactor.UsualRead(kBlock), deadline)) return;
  reviewed_at_ = clock_.Now();
  const std::size_t joint = next_review_++ % bus_.servos.size();
  ServoState& servo = bus_.servos[joint];
  if (!servo.known || servo.health.quarantined()) return;
  const Answer answer = bus_.transactor.Read(servo.id, kBlock);
  Account(answer, tick);
  if (!answer.answered || answer.first > kBlock.address) return;
  const auto settings =
      answer.bytes().subspan(std::size_t{kBlock.address} - answer.first, kBlock.count);
  const bool differ = !std::ranges::equal(settings, servo.settings);
  if (differ && servo.settings_differ) servo.latched.Set(Fault::kSettingsChanged);
  if (differ) next_review_ = joint;  // asked again next time, as one answer may be damaged
  servo.settings_differ = differ;
}

BusRefusal FeetechBus::Begin(const BusOperationRequest& request) noexcept {
  return open_ ? operations_.Begin(bus_, request) : BusRefusal::kBusLost;
}

const BusOperationResult& FeetechBus::operation() const noexcept { return operations_.result(); }

void FeetechBus::Publish(std::span<JointSample> samples) noexcept {
  servo::PublishSamples(bus_.models, bus_.servos, bus_.samples, clock_.Now());
  std::copy_n(bus_.samples.begin(), std::min(samples.size(), bus_.samples.size()), samples.begin());
}

}  // namespace soarm
