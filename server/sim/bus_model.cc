#include "server/sim/bus_model.h"

#include <algorithm>
#include <utility>

#include "common/base/units.h"

namespace soarm::sim {
namespace {

constexpr double kSupplyResistance_ohm = 0.12;
// Below this a servo's processor resets.
constexpr double kBrownOut_v = 3.5;
constexpr MonoTime kNever = MonoTime::max();
// Two servos never start on the same microsecond; it matters only when they answer as one id.
constexpr int kStartSpread_us = 2;
constexpr std::uint32_t kLastPlaceBit = 1U << 31;

}  // namespace

BusModel::BusModel(const Robot& robot, const BusOptions& options, std::unique_ptr<World> world)
    : timing_(options.timing),
      noise_(options.noise),
      random_(options.seed),
      world_(std::move(world)),
      now_(options.start),
      next_step_(options.start),
      supply_v_(options.supply_v.value_or(robot.supply_v)),
      bus_v_(supply_v_) {
  std::vector<WorldJoint> bodies;
  for (const RobotJoint& joint : robot.joints) {
    BusServo place;
    ServoSpec spec = joint.servo;
    spec.noise = noise_;
    place.servo = std::make_unique<Servo>(spec, random_());
    place.name = joint.name;
    place.born_id = spec.id;
    place.shaft = bodies.size();
    place.attached = joint.attached;
    if (!joint.attached) place.servo->PowerOff();
    place.zero_ticks = spec.magnet_at_zero_ticks - spec.offset_ticks;
    servos_.push_back(std::move(place));
    bodies.push_back(joint.body);
  }
  if (!world_) world_ = std::make_unique<GravityWorld>(std::move(bodies), robot.has_arm);
  drives_.resize(world_->joint_count());
  motions_.resize(world_->joint_count());
  StepWorld(now_);
  next_step_ = now_ + World::kStep;
}

void BusModel::AddLooseServo(const ServoSpec& spec) {
  BusServo place;
  ServoSpec own = spec;
  own.noise = noise_;
  place.servo = std::make_unique<Servo>(own, random_());
  place.born_id = spec.id;
  place.shaft = world_->AddShaft(place.servo->motor().mechanics);
  place.zero_ticks = spec.magnet_at_zero_ticks - spec.offset_ticks;
  drives_.emplace_back();
  motions_.emplace_back();
  place.servo->Tick(now_, motions_.back(), bus_v_);
  servos_.push_back(std::move(place));
}

void BusModel::ClearFaults() {
  for (BusServo& place : servos_) {
    place.faults = {};
    place.request_faults = {};
    place.servo->ShowStatusBits(0);
    world_->Block(place.shaft, std::nullopt);
    world_->SetLoad(place.shaft, 0);
  }
  line_faults_ = {};
  echo_ = false;
  batch_.reset();
}

void BusModel::HostBytes(MonoTime at, std::span<const std::uint8_t> bytes, int baud) {
  if (baud > 0) wire_.SendFromHost(std::max(at, now_), bytes, baud);
}

void BusModel::AdvanceTo(MonoTime until) {
  while (true) {
    const Wire::HostByte* host = wire_.next_host_byte();
    const Wire::BusByte* bus = wire_.next_bus_byte();
    const MonoTime host_at = host != nullptr ? host->end : kNever;
    const MonoTime bus_at = bus != nullptr ? bus->end : kNever;
    // A byte that starts before the pause is over, or right then, keeps the line busy.
    const bool falls_idle = idle_at_ && (host == nullptr || host->start() > *idle_at_);
    const MonoTime idle_at = falls_idle ? *idle_at_ : kNever;
    const MonoTime next = std::min({next_step_, host_at, bus_at, idle_at});
    if (next > until) break;
    now_ = std::max(now_, next);
    if (next == next_step_) {
      StepWorld(next);
      next_step_ += World::kStep;
    } else if (next == bus_at) {
      const Wire::BusByte byte = wire_.TakeBusByte();
      log_.Append({byte.end, Direction::kToHost, byte.value});
      Deliver(byte.end, byte.value);
    } else if (next == host_at) {
      HearHostByte();
    } else {
      idle_at_.reset();
      AnswerWhenIdle(idle_at);
    }
  }
  now_ = std::max(now_, until);
}

void BusModel::StepWorld(MonoTime at) {
  double current = 0;
  for (const BusServo& place : servos_) {
    if (place.attached) current += place.servo->supply_current_a();
  }
  bus_v_ = std::max(0.0, supply_v_ - kSupplyResistance_ohm * current);
  std::fill(drives_.begin(), drives_.end(), JointDrive{});
  for (const BusServo& place : servos_) drives_[place.shaft] = place.servo->drive();
  world_->Step(drives_, motions_);
  for (BusServo& place : servos_) {
    Servo& servo = *place.servo;
    const bool fed = place.attached && bus_v_ >= kBrownOut_v;
    if (servo.powered() && !fed) servo.PowerOff();
    if (!servo.powered() && fed) servo.PowerUp(at);
    servo.Tick(at, motions_[place.shaft], bus_v_);
  }
}

void BusModel::HearHostByte() {
  const std::optional<RequestFrames::Start> request = requests_.Next(wire_);
  const Wire::HostByte byte = wire_.TakeHostByte();
  HeardByte line{byte.value};
  if (line_faults_.active()) {
    if (request) line_faults_.Begin(request->size, random_);
    line_faults_.Spoil(line, random_);
  }
  if (echo_ && !line.lost) Deliver(byte.end, line.value);
  std::uint32_t misheard = 0;
  std::uint32_t bit = 1;
  for (BusServo& place : servos_) {
    if (place.attached) {
      const HeardByte heard =
          place.request_faults.active() ? HeardAtPlug(place, line, request) : line;
      if (heard != HeardByte{byte.value}) misheard |= bit;
      if (!heard.lost && place.servo->Receive(heard.value, byte.baud, byte.end)) {
        answers_wait_ = true;
      }
    }
    if (bit != kLastPlaceBit) bit <<= 1;
  }
  log_.Append({byte.end, Direction::kToBus, byte.value, misheard});
  idle_at_ = byte.end + Pause(byte.baud);
}

HeardByte BusModel::HeardAtPlug(BusServo& place, HeardByte line,
                                const std::optional<RequestFrames::Start>& request) {
  RequestFaults& faults = place.request_faults;
  if (request && (request->id == place.servo->id() || request->id == kBroadcastId)) {
    faults.Begin(request->size, random_);
  }
  faults.Spoil(line, random_);
  return line;
}

Nanos BusModel::Pause(int baud) const noexcept {
  return timing_ == WireTiming::kBench ? Nanos{0} : ByteTime(baud);
}

void BusModel::AnswerWhenIdle(MonoTime idle) {
  if (!answers_wait_) return;
  answers_wait_ = false;
  std::vector<std::pair<BusServo*, Reply>> answers;
  for (BusServo& place : servos_) {
    while (std::optional<Reply> reply = place.servo->TakeReply()) {
      if (place.attached) answers.emplace_back(&place, std::move(*reply));
    }
  }
  std::stable_sort(answers.begin(), answers.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.slot_bytes, a.second.order) <
           std::pair(b.second.slot_bytes, b.second.order);
  });
  SendAnswers(answers, idle);
}

void BusModel::SendAnswers(std::vector<std::pair<BusServo*, Reply>>& answers, MonoTime idle) {
  MonoTime line_free = idle;
  const BusServo* before = nullptr;
  int slot_before = -1;
  for (auto& [place, reply] : answers) {
    const Nanos byte_time = ByteTime(reply.baud);
    MonoTime start = idle + reply.slot_bytes * place->servo->slot_byte_time();
    const bool same_slot = reply.slot_bytes == slot_before;
    const bool twins = same_slot && before != nullptr && before != place &&
                       before->servo->id() == place->servo->id();
    if (twins) {
      start += std::chrono::microseconds(
          std::uniform_int_distribution<int>(0, kStartSpread_us)(random_));
    } else if (timing_ == WireTiming::kBench) {
      start = line_free + kBenchTurnaround;
    } else if (same_slot && (before == place || reply.follows)) {
      // Firmware that answers each of several requests, or in turn.
      start = line_free + byte_time;
    }
    slot_before = reply.slot_bytes;
    before = place;
    start = std::max(start + reply.return_delay, reply.not_before) + place->faults.delay;
    if (!place->faults.Apply(reply.bytes, random_)) continue;
    const MonoTime end = Send(start, reply.bytes, byte_time, place->faults.byte_loss_rate);
    if (place->faults.delay == Nanos{0}) line_free = std::max(line_free, end);
  }
}

MonoTime BusModel::Send(MonoTime start, std::span<const std::uint8_t> bytes, Nanos byte_time,
                        double byte_loss_rate) {
  if (byte_loss_rate <= 0) return wire_.SendFromServo(start, bytes, byte_time);
  std::bernoulli_distribution lost(byte_loss_rate);
  std::size_t sent = 0;
  for (std::size_t i = 0; i <= bytes.size(); ++i) {
    if (i < bytes.size() && !lost(random_)) continue;
    if (i > sent) {
      wire_.SendFromServo(start + static_cast<int>(sent) * byte_time, bytes.subspan(sent, i - sent),
                          byte_time);
    }
    sent = i + 1;
  }
  return start + static_cast<int>(bytes.size()) * byte_time;
}

Nanos BusModel::batch() const noexcept {
  if (batch_) return *batch_;
  return timing_ == WireTiming::kUsb1Ms ? kUsbFrame : Nanos{0};
}

void BusModel::Deliver(MonoTime at, std::uint8_t value) {
  const Nanos period = batch();
  if (period > Nanos{0}) {
    const auto frames = (at.time_since_epoch() + period - Nanos{1}) / period;
    at = MonoTime(frames * period);
  }
  if (!delivered_.empty()) at = std::max(at, delivered_.back().at);
  delivered_.push_back({at, value});
}

std::vector<HostByteDue> BusModel::TakeDelivered() {
  const auto end = std::find_if(delivered_.begin(), delivered_.end(),
                                [this](const HostByteDue& byte) { return byte.at > now_; });
  std::vector<HostByteDue> taken(delivered_.begin(), end);
  delivered_.erase(delivered_.begin(), end);
  return taken;
}

std::optional<MonoTime> BusModel::next_due() const {
  MonoTime next = kNever;
  // Nothing becomes of the host's bytes before the line is idle after the last of them. (Answers
  // to requests with pauses between, in one transfer, are found late by less than its rest.)
  if (const Wire::HostByte* host = wire_.next_host_byte(); host != nullptr) {
    next = wire_.host_end().value_or(host->end) + Pause(host->baud);
  } else if (idle_at_ && answers_wait_) {
    next = *idle_at_;
  }
  if (wire_.first_answer_end()) next = std::min(next, *wire_.first_answer_end());
  if (!delivered_.empty()) next = std::min(next, delivered_.front().at);
  if (next == kNever) return std::nullopt;
  return next;
}

}  // namespace soarm::sim
