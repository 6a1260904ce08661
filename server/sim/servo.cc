#include "server/sim/servo.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "common/base/units.h"

namespace soarm::sim {
namespace {

constexpr std::array<int, 8> kSlotByteTimes_us = {10, 20, 40, 79, 87, 131, 174, 261};
constexpr double kAmpsPerUnit = 0.0065;
constexpr unsigned kNoisePeriod_ms = 10;
constexpr double kVoltageFilter = 0.1;  // per millisecond
constexpr std::uint8_t kDamping = 2;

}  // namespace

Servo::Servo(const ServoSpec& spec, std::uint64_t seed)
    : firmware_(spec.firmware),
      motor_(ConstantsOf(spec.variant)),
      noise_(spec.noise),
      random_(seed),
      registers_(motor_.supply, spec.firmware),
      encoder_(spec.magnet_at_zero_ticks),
      protection_(spec.firmware) {
  registers_.Backup();
  const auto set_byte = [this](std::uint8_t address, std::uint8_t value) {
    registers_.Persist(address,
                       static_cast<std::uint16_t>(value | registers_.Byte(address + 1U) << 8));
  };
  set_byte(reg::kId, spec.id);
  set_byte(reg::kBaud, spec.baud_code);
  set_byte(reg::kMode, spec.mode);
  registers_.Persist(reg::kMinAngle, spec.min_angle_ticks);
  registers_.Persist(reg::kMaxAngle, spec.max_angle_ticks);
  registers_.Persist(reg::kOffset, EncodeOffset(spec.offset_ticks));
  if (spec.max_acceleration != 0) set_byte(reg::kMaxAcceleration, spec.max_acceleration);
  if (spec.position_p != 0) set_byte(reg::kPositionP, spec.position_p);
  registers_.SetModel(spec.model);
  UseBaud(registers_.Byte(reg::kBaud) & (kBauds.size() - 1));
  TakeLimits();
}

void Servo::UseBaud(std::uint8_t code) noexcept {
  active_baud_code_ = code;
  baud_ = kBauds[code];
}

Nanos Servo::slot_byte_time() const noexcept {
  return std::chrono::microseconds(kSlotByteTimes_us[active_baud_code_]);
}

void Servo::PowerOff() noexcept {
  powered_ = false;
  output_ = {};
  duty_permille_ = asked_permille_ = 0;
  replies_.clear();
  parser_.Reset();
}

void Servo::PowerUp(MonoTime at) noexcept {
  PowerOff();
  powered_ = true;
  registers_.PowerUp();
  registers_.SetByte(reg::kStatus, shown_bits_);
  protection_ = Protection(firmware_);
  stored_write_.clear();
  next_baud_code_.reset();
  if (registers_.Byte(reg::kBaud) >= kBauds.size()) registers_.SetByte(reg::kBaud, 0);
  UseBaud(registers_.Byte(reg::kBaud));
  deaf_until_ = at + firmware_.restart_time;
  fault_bits_ = 0;
  drive_ = ServoDrive();
  TakeLimits();
  due_ = {};
  encoder_.ForgetSpeed();
  encoder_.ForgetTurns(registers_);
  Follow();
}

void Servo::ShowStatusBits(std::uint8_t bits) noexcept {
  shown_bits_ = bits;
  registers_.SetByte(reg::kStatus, fault_bits_ | shown_bits_);
}

void Servo::TakeLimits() noexcept {
  drive_.TakeSpeed(registers_);
  drive_.TakeAcceleration(registers_);
}

void Servo::Follow() noexcept {
  TellPosition();
  drive_.Follow(encoder_.ControlTicks(registers_));
}

void Servo::Tick(MonoTime at, const JointMotion& motion, double bus_v) {
  motion_ = motion;
  heat_.Step(motor_, output_.current_a, powered_);
  encoder_.Step(registers_, motion.angle_rad);
  if (ticks_++ == 0) {
    encoder_.ForgetTurns(registers_);
    told_volts_ = bus_v;
    Follow();
  }
  if (!powered_) return;
  if (at >= deaf_until_) {  // else the processor waits for its flash, and the bridge keeps its duty
    ActOn(std::exchange(due_, {}));
    const ProtectionVerdict verdict =
        protection_.Step(registers_, {bus_v, heat_.celsius(), output_.current_a, asked_permille_,
                                      encoder_.ControlTicks(registers_)});
    fault_bits_ = verdict.bits;
    registers_.SetByte(reg::kStatus, fault_bits_ | shown_bits_);
    if (verdict.torque_off) registers_.SetByte(reg::kTorqueEnable, 0);
    duty_permille_ = Duty(verdict);
    TellFeedback(bus_v);
  }
  if (torque_enable() == kDamping) {
    output_ = BrakeMotor(motor_, registers_.Word(reg::kTorqueLimit) / 1000.0, motion.speed_rad_s);
  } else if (torque_enable() == 0) {
    output_ = {};
  } else {
    const bool reversed = (registers_.Byte(reg::kPhase) & phase::kReversedDrive) != 0;
    output_ = DriveMotor(motor_, (reversed ? -duty_permille_ : duty_permille_) / 1000.0, bus_v,
                         motion.speed_rad_s);
  }
}

int Servo::Duty(const ProtectionVerdict& verdict) noexcept {
  if (torque_enable() != 1 || verdict.cut_output) {
    drive_.Follow(encoder_.ControlTicks(registers_));
    asked_permille_ = 0;
    return 0;
  }
  const ServoDrive::Shaft shaft = {encoder_.ControlTicks(registers_),
                                   motion_.speed_rad_s / kRadPerTick,
                                   FreeSpeed(motor_, told_volts_) / kRadPerTick};
  const int limit = std::min<int>(registers_.Word(reg::kTorqueLimit), 1000);
  asked_permille_ = std::clamp(drive_.Step(registers_, shaft), -limit, limit);
  return std::clamp(asked_permille_, -verdict.limit_permille, verdict.limit_permille);
}

JointDrive Servo::drive() const noexcept {
  return {output_.torque_nm, powered_ && torque_enable() == 1};
}

double Servo::supply_current_a() const noexcept {
  return std::abs(output_.current_a * duty_permille_ / 1000.0);
}

void Servo::TellPosition() noexcept {
  const int position = encoder_.ControlTicks(registers_);
  const int goal = static_cast<int>(drive_.goal_ticks());
  const bool steps = registers_.Byte(reg::kMode) == kModeStep;
  const auto told = [&](int ticks) { return ShaftEncoder::ToldTicks(registers_, ticks); };
  registers_.SetWord(reg::kPosition, EncodeSigned(steps ? goal - position : told(position), 15));
  registers_.SetWord(reg::kGoalCopy, EncodeSigned(steps ? goal : told(goal), 15));
}

void Servo::TellFeedback(double bus_v) noexcept {
  TellPosition();
  registers_.SetWord(reg::kSpeed, EncodeSigned(encoder_.speed_ticks_s(), 15));
  registers_.SetWord(reg::kLoad, EncodeSigned(duty_permille_, 10));
  if (ticks_ % kNoisePeriod_ms == 0 && noise_ > 0) {
    told_noise_v_ = std::uniform_real_distribution<double>(-0.05, 0.05)(random_) * noise_;
  }
  told_volts_ += (bus_v - told_volts_) * kVoltageFilter;
  const auto to_byte = [](double value) {
    return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
  };
  registers_.SetByte(reg::kVoltage, to_byte((told_volts_ + told_noise_v_) * 10));
  registers_.SetByte(reg::kTemperature, to_byte(heat_.celsius()));
  registers_.SetByte(reg::kMoving, drive_.moving() ? 1 : 0);
  registers_.SetWord(
      reg::kCurrent,
      EncodeSigned(static_cast<int>(std::lround(output_.current_a / kAmpsPerUnit)), 15));
}

}  // namespace soarm::sim
