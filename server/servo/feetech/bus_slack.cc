// What a tick does with the time that its own exchange leaves over.

#include <algorithm>
#include <optional>

#include "server/servo/bus/tick_parts.h"
#include "server/servo/bus/transport.h"
#include "server/servo/feetech/feetech_bus.h"
#include "server/servo/feetech/reading.h"
#include "server/servo/feetech/registers.h"
#include "server/servo/feetech/torque_checks.h"
#include "server/servo/feetech/working_check.h"

namespace soarm {

namespace feetech = servo::feetech;

using feetech::ServoState;
using servo::Account;
using servo::Answer;
using servo::Block;
using servo::Plausibility;

namespace {

// How often one servo's stored settings are looked at again, in turn; where no period leaves room
// for that it costs a tick now and then.
constexpr Nanos kReviewEvery = std::chrono::milliseconds(250);
constexpr Nanos kReviewAtLeastEvery = std::chrono::milliseconds(500);

servo::Reading ReadingOf(const Answer& answer, MonoTime at) noexcept {
  return {.block = {answer.first, answer.count},
          .data = answer.bytes(),
          .status = answer.status,
          .at = at,
          .alone = true};
}

}  // namespace

void FeetechBus::UseSlack(MonoTime deadline, BusTick& tick) noexcept {
  Confirm(deadline, tick);
  if (!tick.lost) LookAtTransport(deadline, tick);
  if (!tick.lost) StepOperation(deadline, tick);
  const servo::Operation<feetech::BusContext>* const current = operations_.running();
  if (current != nullptr && clock_.Now() < current->quiet_until()) return;
  if (!tick.lost) ProbeOne(deadline, tick);
  if (!tick.lost) RefreshOne(deadline, tick);
  if (!tick.lost && current == nullptr) ReviewOne(deadline, tick);
}

bool FeetechBus::TimeFor(Nanos usual, MonoTime deadline) const noexcept {
  return std::max(clock_.Now(), bus_.link.free_at()) + usual <= deadline;
}

void FeetechBus::Confirm(MonoTime deadline, BusTick& tick) noexcept {
  if (doubtful_ == 0) {
    unconfirmed_.Reset();
    return;
  }
  const std::size_t count = bus_.servos.size();
  JointMask resting = 0;  // what has to stand still comes first
  for (std::size_t i = 0; i < count; ++i) {
    if (bus_.servos[i].rest_wanted_since != MonoTime{}) resting |= doubtful_ & MaskOf(i);
  }
  const std::size_t first = next_confirm_;
  for (const JointMask part : {resting, doubtful_ & ~resting}) {
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t joint = (first + k) % count;
      if ((part & MaskOf(joint)) == 0) continue;
      const bool room = TimeFor(bus_.transactor.UsualRead(feetech::kConfirmBlock), deadline);
      if (tick.lost || !unconfirmed_.MayBegin(room)) return NotAsked(tick);
      next_confirm_ = joint + 1;
      ConfirmOne(joint, tick);
      doubtful_ &= ~MaskOf(joint);
    }
  }
}

// Who could not be asked again has said nothing in this tick, which is not its fault.
void FeetechBus::NotAsked(const BusTick& tick) noexcept {
  for (std::size_t i = 0; i < bus_.servos.size(); ++i) {
    if ((doubtful_ & ~tick.answered & MaskOf(i)) != 0) ++bus_.samples[i].misses;
  }
}

void FeetechBus::ConfirmOne(std::size_t joint, BusTick& tick) noexcept {
  const Answer answer = bus_.transactor.Read(bus_.servos[joint].id, feetech::kConfirmBlock);
  Account(answer, tick);
  const servo::Reading reading = ReadingOf(answer, clock_.Now());
  if (answer.answered && Weigh(joint, reading) == Plausibility::kFits) {
    Take(joint, reading, tick);
  } else if ((tick.answered & MaskOf(joint)) == 0) {
    Miss(joint, true, tick);
  }
}

void FeetechBus::LookAtTransport(MonoTime deadline, BusTick& tick) noexcept {
  constexpr Block kShort{feetech::reg::kId.address, 1};
  servo::TransportWatch& watch = bus_.transport_watch;
  watch.Hear(bus_.link.TakeLateness(), tick.answered != 0, clock_.Now());
  const bool room = TimeFor(bus_.transactor.UsualRead(kShort), deadline);
  if (!watch.IsDue(bus_.transport().is_slow(), bus_.link.heard_at(), room, clock_.Now())) return;
  const std::optional<std::size_t> joint = watch.Next(bus_.servos);
  if (!joint) return;
  const MonoTime start = std::max(clock_.Now(), bus_.link.free_at());
  const Answer answer = bus_.transactor.Read(bus_.servos[*joint].id, kShort, watch.patience());
  Account(answer, tick);
  if (!answer.answered) return watch.Miss();
  const Nanos delay = servo::DelayOf(bus_, start, bus_.requests.size(), answer.count);
  if (watch.Take(delay, bus_.transport(), bus_.allowance_bounds(), clock_.Now())) Plan();
}

Nanos FeetechBus::PatienceFor(const ServoState& servo) const noexcept {
  return servo.health.quarantined() ? Nanos(0) : bus_.transport_watch.Patience(Nanos(0));
}

void FeetechBus::StepOperation(MonoTime deadline, BusTick& tick) noexcept {
  servo::Operation<feetech::BusContext>* const current = operations_.running();
  if (current == nullptr) {
    step_.Reset();
    return;
  }
  // Behind a slow transport no period leaves room, and each step costs a tick.
  const bool slow = bus_.transport().is_slow();
  const bool room = TimeFor(bus_.transactor.UsualRead(feetech::kStoredBlock), deadline);
  if (!step_.MayBegin(slow || room)) return;
  const servo::Step step = current->Next(bus_);
  if (step.kind == servo::Step::Kind::kNone) return;
  const ServoState& servo = bus_.servos[step.joint];
  const bool read = step.kind == servo::Step::Kind::kRead;
  const Answer answer = read ? ReadOne(step.joint, step.block, tick)
                             : bus_.transactor.Write(servo.id, step.address, step.value.span(),
                                                     servo.stored.response_level != 0);
  if (!read) Account(answer, tick);
  current->Take(bus_, step, answer);
}

Answer FeetechBus::ReadOne(std::size_t joint, Block block, BusTick& tick) noexcept {
  ServoState& servo = bus_.servos[joint];
  Answer answer = bus_.transactor.Read(servo.id, block, PatienceFor(servo));
  const servo::Reading reading = ReadingOf(answer, clock_.Now());
  if (answer.answered && Weigh(joint, reading) == Plausibility::kFits) {
    if (servo.health.quarantined()) servo.health.OnAnswer();
    servo.status = answer.status;
    TakeRegisters(joint, reading);
  } else if (answer.answered) {
    answer.answered = false;
    answer.damaged = true;
  }
  Account(answer, tick);
  return answer;
}

void FeetechBus::ProbeOne(MonoTime deadline, BusTick& tick) noexcept {
  const std::optional<std::size_t> joint = probing_.Next(bus_.servos, clock_.Now());
  if (!joint) return;
  if (!probing_.MayBegin(TimeFor(bus_.transactor.UsualPing(), deadline), clock_.Now())) return;
  const ServoState& due = bus_.servos[*joint];
  // Only who was heard is waited for: a servo that is not there must not cost ticks.
  const Nanos patience =
      due.health.answers_late() ? bus_.transport_watch.Patience(options_.patience) : Nanos(0);
  const Answer answer = bus_.transactor.Ping(due.id, patience);
  Account(answer, tick);
  servo::Probing::Take(bus_.servos, *joint, answer, clock_.Now());
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
    ReadOne(joint, rest, tick);
    return;
  }
}

void FeetechBus::ReviewOne(MonoTime deadline, BusTick& tick) noexcept {
  constexpr Block kBlock = feetech::kSettingsBlock;
  const Nanos since = clock_.Now() - reviewed_at_;
  if (since < kReviewEvery) return;
  const bool overdue = since >= kReviewAtLeastEvery;
  if (!overdue && !TimeFor(bus_.transactor.UsualRead(kBlock), deadline)) return;
  reviewed_at_ = clock_.Now();
  // In another mode a servo may tell a place that is none: every other time it comes first.
  odd_first_ = !odd_first_;
  const auto odd =
      odd_first_ ? std::ranges::find_if(bus_.servos, &ServoState::impossible) : bus_.servos.end();
  const std::size_t joint = odd != bus_.servos.end()
                                ? static_cast<std::size_t>(odd - bus_.servos.begin())
                                : next_review_++ % bus_.servos.size();
  ServoState& servo = bus_.servos[joint];
  if (!servo.known || (servo.health.quarantined() && !servo.impossible)) return;
  const Answer answer = bus_.transactor.Read(servo.id, kBlock);
  Account(answer, tick);
  if (!answer.answered) servo.impossible = false;  // it is gone
  if (!answer.answered || answer.first > kBlock.address) return;
  const auto settings =
      answer.bytes().subspan(std::size_t{kBlock.address} - answer.first, kBlock.count);
  const bool differ = !std::ranges::equal(settings, servo.settings);
  if (differ && servo.settings_differ) servo.latched.Set(Fault::kSettingsChanged);
  if (differ) next_review_ = joint;  // asked again next time, as one answer may be damaged
  servo.settings_differ = differ;
}

}  // namespace soarm
