#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "common/time/clock.h"
#include "server/sim/firmware_options.h"
#include "server/sim/motor.h"
#include "server/sim/packet_parser.h"
#include "server/sim/protection.h"
#include "server/sim/register_file.h"
#include "server/sim/servo_drive.h"
#include "server/sim/shaft_encoder.h"
#include "server/sim/world.h"

namespace soarm::sim {

// One servo as it comes out of its box, or out of a calibrated arm.
struct ServoSpec {
  std::uint8_t id = 1;
  std::uint8_t baud_code = 0;
  std::uint16_t model = 777;
  MotorVariant variant = MotorVariant::kC018;
  FirmwareOptions firmware;
  double magnet_at_zero_ticks = 2048;  // where the magnet stands at joint angle zero
  std::int32_t offset_ticks = 0;       // register 31
  std::uint16_t min_angle_ticks = 0;
  std::uint16_t max_angle_ticks = 4095;
  std::uint8_t mode = 0;
  std::uint8_t max_acceleration = 0;  // register 85; 0: as the firmware has it
  std::uint8_t position_p = 0;        // register 21; 0: as it comes, 32
  double noise = 1.0;                 // 0: voltage and temperature registers tell exact values
};

// An answer, ready when the line falls idle.
struct Reply {
  std::vector<std::uint8_t> bytes;
  int slot_bytes = 0;     // byte times to wait for its turn
  int order = 0;          // place on a sync read's list
  bool follows = false;   // waits for the answers before it instead of a slot
  Nanos return_delay{0};  // of the servo itself
  MonoTime not_before{};  // the flash was busy until then
  int baud = 0;
};

// One STS3215: receiver, registers, side effects, control loop and protections. It hears the bus
// byte by byte and feels its shaft once a millisecond; it knows no other servo and no clock.
//
// Not thread-safe. Time is passed in and must not run backwards.
class Servo {
 public:
  Servo(const ServoSpec& spec, std::uint64_t seed);

  // --- the bus
  // A byte that ended at `at`, sent at `line_baud`. True when it completed a request for us.
  bool Receive(std::uint8_t byte, int line_baud, MonoTime at) {
    if (!Hears(at) || line_baud != baud_) return false;
    const std::optional<Request> request = parser_.Push(byte, id());
    if (request) Execute(*request, at);
    return request.has_value();
  }
  // The next answer. Asked when the line is idle, until there is none.
  std::optional<Reply> TakeReply();
  int baud() const noexcept { return baud_; }
  // Register 6's own rounding of a byte time, which slots are counted in.
  Nanos slot_byte_time() const noexcept;

  // --- the shaft: every millisecond
  void Tick(MonoTime at, const JointMotion& motion, double bus_v);
  JointDrive drive() const noexcept;
  double supply_current_a() const noexcept;

  // --- the supply
  void PowerOff() noexcept;
  // Volatile registers at their defaults, turns forgotten; answers after the firmware's start.
  void PowerUp(MonoTime at) noexcept;
  bool powered() const noexcept { return powered_; }
  // Neither without supply, nor starting up, nor waiting for its flash.
  bool Hears(MonoTime at) const noexcept { return powered_ && at >= deaf_until_; }

  // --- what a person or a test does to it
  // As a bus write with the lock open, without answer or flash time.
  void WriteRegisters(MonoTime at, std::uint8_t address, std::span<const std::uint8_t> data);
  void SetTemperature(double celsius) noexcept { heat_.Set(celsius); }
  // Bits shown in every answer on top of the real ones; 0 ends it.
  void ShowStatusBits(std::uint8_t bits) noexcept;

  const RegisterFile& registers() const noexcept { return registers_; }
  std::uint8_t id() const noexcept { return registers_.Byte(reg::kId); }
  const MotorConstants& motor() const noexcept { return motor_; }
  double current_a() const noexcept { return output_.current_a; }
  double torque_nm() const noexcept { return output_.torque_nm; }
  double temperature_c() const noexcept { return heat_.celsius(); }
  std::uint32_t flash_writes() const noexcept { return flash_writes_; }

 private:
  void Execute(const Request& request, MonoTime at);
  Reply& Answer(std::uint8_t id, std::span<const std::uint8_t> data);
  void AnswerRead(const Request& request, std::uint8_t id);
  void AnswerSyncRead(const Request& request, std::uint8_t id);
  // The registers a read of `count` from `start` tells; nothing when it is not answered.
  std::optional<std::span<const std::uint8_t>> Readable(std::uint8_t start,
                                                        std::uint8_t count) const noexcept;
  void Write(std::span<const std::uint8_t> address_and_data, MonoTime at);
  // Which of the registers that the control loop acts on were written.
  struct Written {
    bool goal = false;
    bool pwm = false;
    bool speed = false;
    bool acceleration = false;
  };
  void ActOn(const Written& written) noexcept;
  void TakeLimits() noexcept;
  void ApplySideEffects(std::size_t start, std::size_t end, std::uint8_t mode_before);
  void CalibrateTo(int position_ticks, MonoTime at);
  void SpendFlashTime(MonoTime at) noexcept;
  void UseBaud(std::uint8_t code) noexcept;
  void Follow() noexcept;
  void TellPosition() noexcept;
  void TellFeedback(double bus_v) noexcept;
  int Duty(const ProtectionVerdict& verdict) noexcept;
  std::uint8_t torque_enable() const noexcept { return registers_.Byte(reg::kTorqueEnable); }

  const FirmwareOptions firmware_;
  const MotorConstants motor_;
  const double noise_;
  std::mt19937_64 random_;
  RegisterFile registers_;
  PacketParser parser_;
  ShaftEncoder encoder_;
  ServoDrive drive_;
  Protection protection_;
  MotorHeat heat_;

  bool powered_ = true;
  MonoTime deaf_until_{};
  std::deque<Reply> replies_;
  std::optional<std::uint8_t> next_baud_code_;  // after the acknowledge
  std::uint8_t active_baud_code_ = 0;
  int baud_ = 0;                            // the same in bits/s
  std::vector<std::uint8_t> stored_write_;  // by REG_WRITE
  Written due_;                             // at the next control step
  std::uint8_t shown_bits_ = 0;
  std::uint8_t fault_bits_ = 0;
  std::uint32_t flash_writes_ = 0;

  MotorOutput output_;
  JointMotion motion_;
  int asked_permille_ = 0;  // by the control loop, within the torque limit
  int duty_permille_ = 0;   // as the protections let it through
  double told_volts_ = 0;
  double told_noise_v_ = 0;
  unsigned ticks_ = 0;
};

}  // namespace soarm::sim
