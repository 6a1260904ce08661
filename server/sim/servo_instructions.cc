// What the servo does with a request: dispatch, answers, and the side effects of writes.

#include <algorithm>
#include <cstdlib>

#include "common/base/units.h"
#include "server/sim/servo.h"

namespace soarm::sim {
namespace {

constexpr std::uint8_t kRecalibrate = 128;  // written to torque enable
constexpr int kMiddle_ticks = 2048;
constexpr int kFarthest_ticks = 4095;
constexpr std::uint8_t kMaxBaudCode = 7;
constexpr int kSlotGap_bytes = 3;   // between the answers to a sync read
constexpr int kPingSlot_bytes = 9;  // per id, answers to a broadcast ping
constexpr std::size_t kStatusOverhead = 6;

}  // namespace

std::optional<Reply> Servo::TakeReply() {
  if (replies_.empty()) return std::nullopt;
  Reply reply = std::move(replies_.front());
  replies_.pop_front();
  if (replies_.empty() && next_baud_code_) {
    UseBaud(*next_baud_code_);
    next_baud_code_.reset();
  }
  return reply;
}

void Servo::Execute(const Request& request, MonoTime at) {
  const std::uint8_t id_before = id();
  const std::span<const std::uint8_t> parameters = request.parameters;
  switch (request.instruction) {
    case Instruction::kPing:
      Answer(id_before, {}).slot_bytes = request.broadcast() ? id_before * kPingSlot_bytes : 0;
      return;
    case Instruction::kRead:
      AnswerRead(request, id_before);
      return;
    case Instruction::kSyncRead:
      AnswerSyncRead(request, id_before);
      return;
    case Instruction::kRestart:
      PowerUp(at);
      return;
    case Instruction::kWrite:
    case Instruction::kSyncWrite:
      Write(parameters, at);
      break;
    case Instruction::kRegWrite:
      stored_write_.assign(parameters.begin(), parameters.end());
      registers_.SetByte(reg::kAsyncWrite, 1);
      break;
    case Instruction::kAction:
      if (registers_.Byte(reg::kAsyncWrite) == 0) break;
      registers_.SetByte(reg::kAsyncWrite, 0);
      Write(stored_write_, at);
      break;
    case Instruction::kRecovery:
      registers_.Recover();
      next_baud_code_ = registers_.Byte(reg::kBaud) & kMaxBaudCode;
      TakeLimits();
      encoder_.ForgetTurns(registers_);
      Follow();
      SpendFlashTime(at);
      break;
    case Instruction::kBackup:
      registers_.Backup();
      SpendFlashTime(at);
      break;
    case Instruction::kStatusReset:
      encoder_.ForgetTurns(registers_);
      registers_.SetByte(reg::kTorqueEnable, 0);
      Follow();
      break;
    case Instruction::kCalibrate: {
      if (!firmware_.recalibrate_command) break;
      int position = kMiddle_ticks;
      if (parameters.size() == 2) {
        position = DecodeSigned(static_cast<std::uint16_t>(parameters[0] | parameters[1] << 8), 15);
      }
      if (std::abs(position) <= kFarthest_ticks) CalibrateTo(position, at);
      break;
    }
  }
  if (!request.broadcast() && registers_.Byte(reg::kResponseLevel) != 0) {
    Answer(id_before, {});
  } else if (next_baud_code_ && replies_.empty()) {
    UseBaud(*next_baud_code_);
    next_baud_code_.reset();
  }
}

Reply& Servo::Answer(std::uint8_t id, std::span<const std::uint8_t> data) {
  // One buffer for the answer: a second request before the line fell idle takes it over.
  if (firmware_.back_to_back_lost) replies_.clear();
  Reply reply;
  reply.bytes = StatusPacket(id, registers_.Byte(reg::kStatus), data);
  if (firmware_.return_delay_honoured) {
    reply.return_delay = std::chrono::microseconds(2 * registers_.Byte(reg::kReturnDelay));
  }
  reply.not_before = deaf_until_;
  reply.baud = baud();
  replies_.push_back(std::move(reply));
  return replies_.back();
}

std::optional<std::span<const std::uint8_t>> Servo::Readable(std::uint8_t start,
                                                             std::uint8_t count) const noexcept {
  if (start >= kRegisterCount) return std::nullopt;
  const std::span<const std::uint8_t> all = registers_.bytes();
  if (start == 0 && count == 0) return all;  // a quirk of the original
  return all.subspan(start, std::min<std::size_t>(count, kRegisterCount - start));
}

void Servo::AnswerRead(const Request& request, std::uint8_t id) {
  if (request.parameters.size() != 2) return;
  const auto data = Readable(request.parameters[0], request.parameters[1]);
  if (data) Answer(id, *data);
}

void Servo::AnswerSyncRead(const Request& request, std::uint8_t id) {
  const std::span<const std::uint8_t> parameters = request.parameters;
  if (parameters.size() < 3) return;
  const auto ids = parameters.subspan(2);
  const auto ours = std::find(ids.begin(), ids.end(), id);
  if (ours == ids.end()) return;
  const auto data = Readable(parameters[0], parameters[1]);
  if (!data) return;
  // Counted with the length asked for, not with the one that is sent.
  const int slot = static_cast<int>(parameters[1] + kStatusOverhead) + kSlotGap_bytes;
  const int index = static_cast<int>(ours - ids.begin());
  Reply& reply = Answer(id, *data);
  reply.slot_bytes = firmware_.sync_read_slots ? index * slot : 0;
  reply.order = index;
  reply.follows = !firmware_.sync_read_slots;
}

void Servo::Write(std::span<const std::uint8_t> address_and_data, MonoTime at) {
  if (address_and_data.size() < 2) return;
  const std::size_t start = address_and_data[0];
  if (start >= kRegisterCount) return;
  const auto data = address_and_data.subspan(1);
  const std::uint8_t mode_before = registers_.Byte(reg::kMode);
  if (registers_.Write(address_and_data[0], data)) SpendFlashTime(at);
  ApplySideEffects(start, std::min(start + data.size(), kRegisterCount), mode_before);
  if (torque_enable() == kRecalibrate) {
    registers_.SetByte(reg::kTorqueEnable, 0);
    CalibrateTo(kMiddle_ticks, at);
  }
}

void Servo::ApplySideEffects(std::size_t start, std::size_t end, std::uint8_t mode_before) {
  const auto touches = [=](std::size_t first, std::size_t last) {
    return start <= last && end > first;
  };
  if (touches(reg::kBaud, reg::kBaud)) {
    if (registers_.Byte(reg::kBaud) > kMaxBaudCode) registers_.SetByte(reg::kBaud, 0);
    next_baud_code_ = registers_.Byte(reg::kBaud);
  }
  if (touches(reg::kOffset, reg::kOffset + 1U)) {
    encoder_.ForgetTurns(registers_);
    Follow();
  }
  const std::uint8_t mode = registers_.Byte(reg::kMode);
  if (mode != mode_before) {
    registers_.SetByte(reg::kTorqueEnable, 0);
    registers_.SetByte(reg::kAcceleration, 0);
    registers_.SetWord(reg::kGoalSpeed, 0);
    encoder_.ForgetTurns(registers_);
    TakeLimits();
    Follow();
  }
  if (touches(reg::kTorqueEnable, reg::kTorqueEnable)) {
    if (torque_enable() != 1) {
      Follow();
    } else if (firmware_.jump_to_stale_goal && mode == kModePosition) {
      drive_.AimAtGoal(registers_);
    }
  }
  const Written written = {.goal = touches(reg::kGoalPosition, reg::kGoalPosition + 1U),
                           .pwm = touches(reg::kGoalPwm, reg::kGoalPwm + 1U),
                           .speed = touches(reg::kGoalSpeed, reg::kGoalSpeed + 1U),
                           .acceleration = touches(reg::kAcceleration, reg::kAcceleration)};
  if (firmware_.last_write_of_a_step_counts) {
    due_ = written;
  } else {
    ActOn(written);
  }
}

void Servo::ActOn(const Written& written) noexcept {
  const std::uint8_t mode = registers_.Byte(reg::kMode);
  if (written.acceleration) {
    const std::uint8_t cap = registers_.Byte(reg::kMaxAcceleration);
    if (cap != 0 && registers_.Byte(reg::kAcceleration) > cap) {
      registers_.SetByte(reg::kAcceleration, cap);
    }
    drive_.TakeAcceleration(registers_);
  }
  if (written.speed) drive_.TakeSpeed(registers_);
  const bool goal = written.goal && (mode == kModePosition || mode == kModeStep);
  const bool own =
      goal || (written.speed && mode == kModeSpeed) || (written.pwm && mode == kModePwm);
  if (own && firmware_.auto_torque_on) registers_.SetByte(reg::kTorqueEnable, 1);
  if (goal && torque_enable() == 1) drive_.AimAtGoal(registers_);
}

void Servo::CalibrateTo(int position_ticks, MonoTime at) {
  int offset = encoder_.magnet_ticks() - position_ticks;
  // The offset that needs fewest turns; firmware without bit 12 can tell no more than 2047.
  while (offset > kMiddle_ticks) offset -= kTicksPerTurn;
  while (offset < -kMiddle_ticks) offset += kTicksPerTurn;
  if (registers_.Persist(reg::kOffset, EncodeOffset(offset))) SpendFlashTime(at);
  encoder_.ForgetTurns(registers_);
  Follow();
}

void Servo::SpendFlashTime(MonoTime at) noexcept {
  ++flash_writes_;
  const bool erases = flash_writes_ % 2 == 0;  // two images fit into one page
  deaf_until_ = std::max(deaf_until_, at + firmware_.flash_write_time +
                                          (erases ? firmware_.flash_erase_time : Nanos{0}));
}

void Servo::WriteRegisters(MonoTime at, std::uint8_t address, std::span<const std::uint8_t> data) {
  const std::uint8_t lock = registers_.Byte(reg::kLock);
  const MonoTime deaf_until = deaf_until_;
  registers_.SetByte(reg::kLock, 0);
  std::vector<std::uint8_t> request = {address};
  request.insert(request.end(), data.begin(), data.end());
  Write(request, at);
  if (address > reg::kLock || address + data.size() <= reg::kLock) {
    registers_.SetByte(reg::kLock, lock);
  }
  deaf_until_ = deaf_until;
  if (next_baud_code_) UseBaud(*next_baud_code_);
  next_baud_code_.reset();
}

}  // namespace soarm::sim
