#include "server/control/cycle_core.h"

#include <algorithm>
#include <cstdlib>

#include "common/base/problem.h"

namespace soarm::control {
namespace {

// The longest step that limits are asked to make: after an overrun targets go on where they were,
// they do not catch up.
constexpr double kLongestStep_s = 0.02;
// Longer than any joint needs to come to rest: the clock does not tell how long a suspend was.
constexpr double kSleep_s = 10;
// With rate "max" there is no period; an exchange may take this long.
constexpr Nanos kLongestExchange = std::chrono::milliseconds(20);
// A servo that answers pings but cannot be read would otherwise make every tick open the bus...
constexpr Nanos kReopenPause = std::chrono::seconds(1);
// ... and servos that were off come back one after the other.
constexpr Nanos kOthersFollow = std::chrono::milliseconds(100);

Problem NotOpen(const char* reason, const char* message, const char* fix) {
  return {.code = absl::StatusCode::kUnavailable,
          .reason = reason,
          .subject = {},
          .message = message,
          .fix = fix,
          .facts = {}};
}

Problem AdapterLost() {
  return NotOpen("BUS_LOST", "The adapter went away while the bus was open.",
                 "Check the USB cable; the daemon reconnects by itself.");
}

Problem ServosChanged() {
  return NotOpen("BUS_REOPENING",
                 "A servo came back, its settings changed, or none has answered for three seconds; "
                 "so all are read anew.",
                 "Wait a second.");
}

Problem Suspended() {
  return NotOpen("SUSPENDED", "The robot's computer was suspended, so the bus is opened anew.",
                 "Acquire a new lease when the bus is open.");
}

}  // namespace

CycleCore::CycleCore(const RobotModel& model, GroupId first_group, const ControlOptions& options,
                     ActuatorBus& bus, Authority& authority, CyclePorts& ports, Clock& clock)
    : model_(model),
      first_group_(first_group),
      options_(options),
      period_(PeriodOf(options.rate_hz)),
      bus_(bus),
      authority_(authority),
      ports_(ports),
      clock_(clock),
      suspend_(clock),
      operations_(ports.operations),
      open_status_(absl::UnavailableError("not opened yet")) {
  // The ticks index by it and check nothing.
  if (first_group_ + model_.groups.size() > authority_.groups.size()) std::abort();
  state_.groups.resize(model_.groups.size());
  ports_.state.Store(state_);  // so that who looks before the first tick finds the groups
}

void CycleCore::Tick(std::uint64_t tick, MonoTime due, std::uint64_t missed) noexcept {
  const MonoTime began = clock_.Now();
  state_.tick = tick;
  state_.tick_at = due;
  state_.ticks_missed = missed;
  state_.lateness_ns = (began - due).count();
  ++state_.ticks_run;
  // At its end the daemon has no time to open the bus anew: what it has to undo, it undoes on this.
  const bool slept = suspend_.Slept();
  if (slept && open_ && !ending_) LoseBus(Suspended(), began + period_);
  if (!open_) {
    for (std::size_t i = 0; i < groups().size(); ++i) {
      groups_[i].WaitForBus(authority_.groups[first_group_ + i], began);
    }
  }
  tried_open_ = !open_ && !ending_ && began >= next_open_;
  if (tried_open_) {
    // Opening may take a second: no command waits for its verdict, nor is anything old said
    // meanwhile.
    RefuseCommands(began);
    Publish();
    TryOpen(began);
  }
  if (!open_) {
    operations_.RefuseAll(Outcome::kNotOpen);
    RefuseCommands(began);
    Publish();
    return;
  }
  Decide(due, began, slept);
  const MonoTime sent = clock_.Now();
  const MonoTime from = tried_open_ ? sent : due;  // opening took its time; a period begins now
  const MonoTime deadline =
      period_ > Nanos::zero() ? from + period_ - period_ / 10 : sent + kLongestExchange;
  exchanged_at_ = sent;
  const BusTick result =
      bus_.Exchange({goals_.begin(), goals_.size()}, {samples_.begin(), samples_.size()}, deadline);
  const MonoTime answered = clock_.Now();
  Account(result);
  // Frozen in the midst of it: what was heard may be as old as that.
  if (answered > deadline + kLongestExchange) operations_.StoodStill(answered);
  if (result.lost) {
    LoseBus(AdapterLost(), answered + options_.reopen_every);
  } else {
    operations_.After(bus_, groups(), {samples_.begin(), samples_.size()}, answered);
    if (result.reopen && MayReopen(answered)) {
      reopened_at_ = answered;
      LoseBus(ServosChanged(), answered);
    }
  }
  state_.body_ns = ((sent - began) + (clock_.Now() - answered)).count();
  Publish();
}

void CycleCore::TryOpen(MonoTime now) noexcept {
  next_open_ = now + options_.reopen_every;
  open_status_ = bus_.Open();
  if (!open_status_.ok()) return;
  const std::span<const JointModel> joints = bus_.joints();
  if (joints.size() != model_.joints.size()) {
    bus_.Close();
    open_status_ = absl::FailedPreconditionError("the bus carries other joints than configured");
    return;
  }
  const MonoTime opened = clock_.Now();
  open_ = true;
  TellOpen();
  opened_at_ = opened;
  ++state_.opens;
  samples_.clear();
  samples_.resize(joints.size());
  goals_.clear();
  goals_.resize(joints.size());
  exchanged_at_ = opened;
  ticked_at_ = decided_for_ = opened;
  operations_.Configure(model_.limits);
  for (std::size_t i = 0; i < model_.groups.size(); ++i) {
    const auto id = static_cast<GroupId>(first_group_ + i);
    groups_[i].Configure(model_.groups[i], id, joints, model_.limits, options_,
                         authority_.groups[id], opened);
  }
  BusDescription description;
  for (const JointModel& joint : joints) description.joints.push_back(joint);
  ports_.description.Store(description);
}

bool CycleCore::MayReopen(MonoTime now) noexcept {
  const bool driven = std::ranges::any_of(
      groups(), [](const GroupControl& group) { return IsDriven(group.mode()); });
  const bool working = bus_.operation().phase == BusOperationResult::Phase::kRunning;
  return !driven && !working && !ending_ && now - opened_at_ >= kOthersFollow &&
         now - reopened_at_ >= kReopenPause;
}

void CycleCore::LoseBus(const Problem& why, MonoTime reopen_at) noexcept {
  open_ = false;
  TellOpen();
  open_status_ = ToStatus(why);
  next_open_ = reopen_at;
  operations_.RefuseAll(Outcome::kNotOpen);
  const std::uint64_t newest = authority_.newest_stream.load(std::memory_order_acquire);
  for (GroupControl& group : groups()) group.Lose(newest);
  bus_.Close();
}

Ability CycleCore::PeersOf(const GroupControl& group) const noexcept {
  Ability worst = Ability::kAble;
  const GroupMask coupled = group.authority().coupled.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < kMaxRobotGroups; ++i) {
    if (i == group.id() || (coupled & MaskOfGroup(static_cast<GroupId>(i))) == 0) continue;
    worst = std::max(worst, authority_.groups[i].ability.load(std::memory_order_acquire));
  }
  return worst;
}

void CycleCore::Decide(MonoTime due, MonoTime now, bool slept) noexcept {
  const double since_s = ToSeconds(now - ticked_at_);
  ticked_at_ = now;
  GroupInput input;
  input.now = now;
  input.sampled_by = exchanged_at_;
  // By the schedule, which late ticks do not make uneven, with the periods that were skipped: where
  // the bus does not keep up with the rate, ramps take their time all the same.
  const double step_s = period_ > Nanos::zero() ? ToSeconds(due - decided_for_) : since_s;
  const double period_s = ToSeconds(period_);
  input.dt_s = std::clamp(step_s, period_s, std::max(2 * period_s, kLongestStep_s));
  const double usual_s = period_ > Nanos::zero() ? period_s : input.dt_s;
  input.paused_s = std::max(0.0, since_s - std::max(2 * usual_s, kLongestStep_s));
  decided_for_ = input.paused_s > 0 ? now : due;  // a pause is no part of the next step
  if (slept) input.paused_s = kSleep_s;
  if (input.paused_s > 0) operations_.StoodStill(now);
  input.tick = state_.tick;
  input.samples = {samples_.begin(), samples_.size()};
  input.epoch = authority_.epoch;
  input.streams = &authority_;
  input.enabling = operations_.enabling();
  input.releasing = operations_.releasing(groups());
  for (GroupControl& group : groups()) {
    input.peers = PeersOf(group);
    group.Observe(input);
  }
  operations_.Before(bus_, groups(), input.samples, now);
  input.enabling = operations_.enabling();
  input.releasing = operations_.releasing(groups());
  for (std::size_t i = 0; i < model_.groups.size(); ++i) {
    std::optional<GroupCommand> command = ports_.commands[i].Take();
    if (ending_) command.reset();
    input.command = command ? &*command : nullptr;
    groups_[i].Act(input, {goals_.begin(), goals_.size()}, ports_.verdicts);
  }
}

void CycleCore::TellOpen() noexcept {
  for (std::size_t i = 0; i < model_.groups.size(); ++i) {
    authority_.groups[first_group_ + i].open.store(open_, std::memory_order_release);
  }
}

void CycleCore::RefuseCommands(MonoTime now) noexcept {
  for (std::size_t i = 0; i < model_.groups.size(); ++i) {
    const std::optional<GroupCommand> posted = ports_.commands[i].Take();
    if (!posted) continue;
    TickVerdict record;
    record.stream = posted->stream;
    record.group = static_cast<GroupId>(first_group_ + i);
    record.first_sequence = record.last_sequence = posted->sequence;
    record.verdict = VerdictKind::kHeld;
    record.tick = state_.tick;
    record.received_at = posted->received_at;
    record.decided_at = now;
    ports_.verdicts.Push(record);
  }
}

void CycleCore::Account(const BusTick& result) noexcept {
  state_.late = result.late;
  state_.adapter = result.adapter;
  if (result.paused) ++state_.ticks_paused;
  if (result.late) ++state_.bus_late;
  state_.foreign_bytes += result.foreign_bytes;
  state_.answers_missed += result.answers_missed;
  state_.answers_corrupt += result.answers_corrupt;
  state_.answers_discarded += result.answers_discarded;
}

void CycleCore::Publish() noexcept {
  state_.open = open_;
  state_.joints.resize(samples_.size());
  for (std::size_t i = 0; i < model_.groups.size(); ++i) {
    const GroupControl& group = groups_[i];
    state_.groups[i] = group.state();
    for (std::size_t j = 0; j < samples_.size(); ++j) {
      if ((group.joints() & MaskOf(j)) == 0) continue;
      state_.joints[j] = {
          .sample = samples_[j], .requested = group.requested(j), .applied = group.applied(j)};
      state_.joints[j].sample.faults.Assign(Fault::kUnprepared,
                                            (group.unprepared() & MaskOf(j)) != 0);
      state_.joints[j].sample.faults.Assign(Fault::kNoTorque,
                                            (group.without_torque() & MaskOf(j)) != 0);
    }
    ports_.moves[i].Store(group.move());
  }
  ports_.state.Store(state_);
  if (ports_.bell != nullptr) ports_.bell->Tick(ports_.verdicts.HasUnread());
}

void CycleCore::BeginEnd(EndState end) noexcept {
  ending_ = true;
  operations_.End();
  if (end == EndState::kLimp && open_) operations_.ReleaseAll();
  end_ = end;
  if (end != EndState::kHold) return;
  for (GroupControl& group : groups()) group.Rest(clock_.Now());
}

JointMask CycleCore::not_reached() const noexcept {
  if (!open_) return 0;
  JointMask mask = 0;
  for (std::size_t i = 0; i < model_.groups.size(); ++i) {
    const GroupControl& group = groups_[i];
    if (!IsWritable(group.model().role)) continue;
    if (end_ == EndState::kHold) mask |= group.not_at_rest();
    for (std::size_t j = 0; end_ == EndState::kLimp && j < samples_.size(); ++j) {
      const bool limp = !samples_[j].torque_on && samples_[j].sampled_at != MonoTime{};
      if (!limp) mask |= group.joints() & MaskOf(j);
    }
  }
  return mask;
}

bool CycleCore::IsEnded() const noexcept {
  if (!open_) return true;
  if (bus_.operation().phase == BusOperationResult::Phase::kRunning) return false;
  if (end_ == EndState::kLimp) return operations_.release_ended();
  for (std::size_t i = 0; i < model_.groups.size(); ++i) {
    if (!groups_[i].IsAtRest()) return false;
  }
  return true;
}

void CycleCore::Close() noexcept {
  if (open_) bus_.Close();
  open_ = false;
  TellOpen();
}

}  // namespace soarm::control
