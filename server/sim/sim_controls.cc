#include "server/sim/sim_controls.h"

#include <cmath>

#include "common/base/problem.h"
#include "common/base/units.h"
#include "server/sim/protocol.h"

namespace soarm::sim {
namespace {

constexpr int kHighestId = 253;
constexpr double kHighestSupply_v = 30;

absl::Status Invalid(std::string subject, std::string message, std::string fix) {
  return ToStatus({.code = absl::StatusCode::kInvalidArgument,
                   .reason = "INVALID_VALUE",
                   .subject = std::move(subject),
                   .message = std::move(message),
                   .fix = std::move(fix),
                   .facts = {}});
}

absl::Status CheckCount(int count) {
  if (count >= 0) return absl::OkStatus();
  return Invalid("count", "The count " + std::to_string(count) + " is negative.",
                 "Give the number of answers or requests to spoil; 0 ends it.");
}

absl::Status CheckRate(const char* subject, double rate) {
  if (rate >= 0 && rate <= 1) return absl::OkStatus();
  return Invalid(subject, "The rate is out of range.", "Give 0 to 1; 0 ends it.");
}

std::optional<std::uint8_t> BaudCode(int baud) {
  for (std::size_t code = 0; code < kBauds.size(); ++code) {
    if (kBauds[code] == baud) return static_cast<std::uint8_t>(code);
  }
  return std::nullopt;
}

std::optional<ServoSpec> SpecOf(const std::string& profile) {
  ServoSpec spec;
  const std::size_t dash = profile.find('-');
  const std::string supply = profile.substr(0, dash);
  if (supply == "7.4v") {
    spec.variant = MotorVariant::kC001;
  } else if (!supply.empty() && supply != "12v") {
    return std::nullopt;
  }
  const auto firmware = FirmwareFor(dash == std::string::npos ? "3.10" : profile.substr(dash + 1));
  if (!firmware) return std::nullopt;
  spec.firmware = *firmware;
  return spec;
}

}  // namespace

BusServo* SimControls::Find(int servo) const {
  for (const bool attached : {true, false}) {
    for (BusServo& place : model_.servos()) {
      if (place.attached == attached && place.servo->id() == servo) return &place;
    }
  }
  for (BusServo& place : model_.servos()) {
    if (place.born_id == servo) return &place;
  }
  return nullptr;
}

absl::StatusOr<BusServo*> SimControls::Require(int servo) const {
  if (BusServo* place = Find(servo)) return place;
  return ToStatus({.code = absl::StatusCode::kNotFound,
                   .reason = "UNKNOWN_SERVO",
                   .subject = std::to_string(servo),
                   .message = "No servo on this bus has id " + std::to_string(servo) + ".",
                   .fix = "Ask GetTruth for the ids.",
                   .facts = {}});
}

template <typename Work>
absl::Status SimControls::ForEach(int servo, Work work) {
  if (servo == kAllServos) {
    for (BusServo& place : model_.servos()) work(place);
    return absl::OkStatus();
  }
  const auto place = Require(servo);
  if (!place.ok()) return place.status();
  work(**place);
  return absl::OkStatus();
}

BusTruth SimControls::Truth() const {
  BusTruth truth;
  ReadTruth(truth);
  return truth;
}

void SimControls::ReadTruth(BusTruth& into) const {
  into.at = model_.now();
  into.bus_v = model_.bus_v();
  into.servos.resize(model_.servos().size());
  for (std::size_t i = 0; i < into.servos.size(); ++i) {
    const BusServo& place = model_.servos()[i];
    const Servo& servo = *place.servo;
    const RegisterFile& registers = servo.registers();
    const JointMotion& motion = model_.motion(place.shaft);
    ServoTruth& told = into.servos[i];
    told.id = servo.id();
    told.name = place.name;
    told.attached = place.attached;
    told.powered = servo.powered();
    told.angle_rad = motion.angle_rad;
    told.position_raw = place.zero_ticks + motion.angle_rad / kRadPerTick;
    told.speed_rad_s = motion.speed_rad_s;
    told.torque_nm = servo.torque_nm();
    told.current_a = servo.current_a();
    told.temperature_c = servo.temperature_c();
    told.torque_enabled = servo.powered() && registers.Byte(reg::kTorqueEnable) == 1;
    told.goal_raw = DecodeSigned(registers.Word(reg::kGoalPosition), 15);
    told.speed_raw = DecodeSigned(registers.Word(reg::kGoalSpeed), 15);
    told.torque_limit_raw = registers.Word(reg::kTorqueLimit);
    told.mode = registers.Byte(reg::kMode);
    told.status_bits = registers.Byte(reg::kStatus);
  }
}

absl::Status SimControls::SetJoint(int servo, double position_rad, Nanos over) {
  const auto place = Require(servo);
  if (!place.ok()) return place.status();
  if (!std::isfinite(position_rad) || over < Nanos{0}) {
    return Invalid("position_rad", "The position or the time is not a sensible number.",
                   "Give radians, and a time of 0 or more.");
  }
  if ((*place)->servo->drive().energised) {
    return ToStatus({.code = absl::StatusCode::kFailedPrecondition,
                     .reason = "TORQUE_IS_ON",
                     .subject = std::to_string(servo),
                     .message = "Servo " + std::to_string(servo) +
                                " holds torque; a hand moves only free joints.",
                     .fix = "Release its torque first, or use SetLoad to push against it.",
                     .facts = {}});
  }
  model_.world().MoveByHand((*place)->shaft, position_rad, over);
  return absl::OkStatus();
}

absl::Status SimControls::SetJointRaw(int servo, int position_raw, Nanos over) {
  const auto place = Require(servo);
  if (!place.ok()) return place.status();
  return SetJoint(servo, (position_raw - (*place)->zero_ticks) * kRadPerTick, over);
}

absl::Status SimControls::ReleaseJoint(int servo) {
  return ForEach(servo, [this](BusServo& place) { model_.world().Release(place.shaft); });
}

absl::Status SimControls::Block(int servo, std::optional<double> at_rad) {
  if (at_rad && !std::isfinite(*at_rad)) return Invalid("at_rad", "Not a number.", "Give rad.");
  return ForEach(servo, [&](BusServo& place) { model_.world().Block(place.shaft, at_rad); });
}

absl::Status SimControls::SetLoad(int servo, double torque_nm) {
  if (!std::isfinite(torque_nm)) return Invalid("torque_nm", "Not a number.", "Give N m.");
  return ForEach(servo, [&](BusServo& place) { model_.world().SetLoad(place.shaft, torque_nm); });
}

absl::Status SimControls::SetTemperature(int servo, double celsius) {
  if (!(celsius > -50 && celsius < 200)) {
    return Invalid("celsius", "The temperature is out of range.", "Give -50 to 200.");
  }
  return ForEach(servo, [&](BusServo& place) { place.servo->SetTemperature(celsius); });
}

absl::Status SimControls::SetSupply(double volts) {
  if (!(volts >= 0 && volts <= kHighestSupply_v)) {
    return Invalid("voltage_v", "The supply is out of range.", "Give 0 to 30 V.");
  }
  model_.SetSupply(volts);
  return absl::OkStatus();
}

void SimControls::BrownOut() {
  for (BusServo& place : model_.servos()) {
    if (place.attached) place.servo->PowerUp(model_.now());
  }
}

absl::Status SimControls::PowerCycle(int servo) {
  return ForEach(servo, [this](BusServo& place) { place.servo->PowerUp(model_.now()); });
}

absl::Status SimControls::Mute(int servo, bool on) {
  return ForEach(servo, [&](BusServo& place) { place.faults.mute = on; });
}

absl::Status SimControls::DropReply(int servo, int count) {
  if (absl::Status bad = CheckCount(count); !bad.ok()) return bad;
  return ForEach(servo, [&](BusServo& place) { place.faults.drop = count; });
}

absl::Status SimControls::Corrupt(int servo, int count) {
  if (absl::Status bad = CheckCount(count); !bad.ok()) return bad;
  return ForEach(servo, [&](BusServo& place) { place.faults.corrupt = count; });
}

absl::Status SimControls::CorruptBytes(int servo, double byte_error_rate) {
  if (absl::Status bad = CheckRate("byte_error_rate", byte_error_rate); !bad.ok()) return bad;
  return ForEach(servo, [&](BusServo& place) { place.faults.byte_error_rate = byte_error_rate; });
}

absl::Status SimControls::LoseBytes(int servo, double byte_loss_rate) {
  if (absl::Status bad = CheckRate("byte_loss_rate", byte_loss_rate); !bad.ok()) return bad;
  return ForEach(servo, [&](BusServo& place) { place.faults.byte_loss_rate = byte_loss_rate; });
}

template <typename Value>
absl::Status SimControls::SpoilRequests(int servo, void (RequestFaults::*set)(Value), Value value) {
  const bool on_line = servo == kAllServos;
  if (on_line) (model_.line_faults().*set)(value);
  const Value at_plug = on_line ? Value{} : value;
  return ForEach(servo, [&](BusServo& place) { (place.request_faults.*set)(at_plug); });
}

absl::Status SimControls::CorruptRequests(int servo, int count) {
  if (absl::Status bad = CheckCount(count); !bad.ok()) return bad;
  return SpoilRequests(servo, &RequestFaults::CorruptRequests, count);
}

absl::Status SimControls::CorruptRequestBytes(int servo, double byte_error_rate) {
  if (absl::Status bad = CheckRate("byte_error_rate", byte_error_rate); !bad.ok()) return bad;
  return SpoilRequests(servo, &RequestFaults::CorruptBytes, byte_error_rate);
}

absl::Status SimControls::LoseRequestBytes(int servo, double byte_loss_rate) {
  if (absl::Status bad = CheckRate("byte_loss_rate", byte_loss_rate); !bad.ok()) return bad;
  return SpoilRequests(servo, &RequestFaults::LoseBytes, byte_loss_rate);
}

absl::Status SimControls::Truncate(int servo, int count) {
  if (absl::Status bad = CheckCount(count); !bad.ok()) return bad;
  return ForEach(servo, [&](BusServo& place) { place.faults.truncate = count; });
}

absl::Status SimControls::Delay(int servo, Nanos by) {
  if (by < Nanos{0}) return Invalid("by", "The delay is negative.", "Give 0 or more; 0 ends it.");
  return ForEach(servo, [&](BusServo& place) { place.faults.delay = by; });
}

absl::Status SimControls::SetStatusBits(int servo, int bits) {
  if (bits < 0 || bits > 255) return Invalid("bits", "Not a status byte.", "Give 0 to 255.");
  return ForEach(servo, [&](BusServo& place) {
    place.servo->ShowStatusBits(static_cast<std::uint8_t>(bits));
  });
}

absl::Status SimControls::Batch(Nanos by) {
  if (by < Nanos{0}) return Invalid("by", "The time is negative.", "Give 0 or more.");
  model_.SetBatch(by);
  return absl::OkStatus();
}

absl::Status SimControls::AttachServo(const AttachRequest& request) {
  const std::optional<std::uint8_t> baud_code = BaudCode(request.baud);
  std::optional<ServoSpec> spec = SpecOf(request.profile);
  if (request.id < 0 || request.id > kHighestId || !baud_code || !spec) {
    return Invalid("id, baud or profile", "No servo is like this.",
                   "Give an id of 0 to 253, a rate the servo has, and a profile such as 12v-3.10.");
  }
  for (BusServo& place : model_.servos()) {
    if (place.attached || place.servo->id() != request.id) continue;
    place.attached = true;
    place.servo->PowerUp(model_.now());
    return absl::OkStatus();
  }
  spec->id = static_cast<std::uint8_t>(request.id);
  spec->baud_code = *baud_code;
  spec->model = static_cast<std::uint16_t>(request.model);
  model_.AddLooseServo(*spec);
  return absl::OkStatus();
}

absl::Status SimControls::DetachServo(int servo) {
  return ForEach(servo, [](BusServo& place) {
    place.attached = false;
    place.servo->PowerOff();
  });
}

absl::Status SimControls::DuplicateId(int servo, int id) {
  if (id < 0 || id > kHighestId) return Invalid("id", "Not an id.", "Give 0 to 253.");
  const std::uint8_t value = static_cast<std::uint8_t>(id);
  return ForEach(servo, [&](BusServo& place) {
    if (!place.lent_id) place.own_id = place.servo->id();
    place.servo->WriteRegisters(model_.now(), reg::kId, std::span(&value, 1));
    place.lent_id = value;
  });
}

absl::StatusOr<std::vector<std::uint8_t>> SimControls::ReadRegisters(int servo, int address,
                                                                     int count) const {
  const auto place = Require(servo);
  if (!place.ok()) return place.status();
  if (address < 0 || count < 0 || address + count > static_cast<int>(kRegisterCount)) {
    return Invalid("address", "The registers are out of range.", "Registers are 0 to 86.");
  }
  const auto all = (*place)->servo->registers().bytes();
  return std::vector<std::uint8_t>(all.begin() + address, all.begin() + address + count);
}

absl::Status SimControls::WriteRegisters(int servo, int address,
                                         std::span<const std::uint8_t> data) {
  if (address < 0 || address + data.size() > kRegisterCount) {
    return Invalid("address", "The registers are out of range.", "Registers are 0 to 86.");
  }
  return ForEach(servo, [&](BusServo& place) {
    place.servo->WriteRegisters(model_.now(), static_cast<std::uint8_t>(address), data);
  });
}

void SimControls::ClearInjections() {
  for (BusServo& place : model_.servos()) {
    if (place.lent_id && place.servo->id() == *place.lent_id) {
      place.servo->WriteRegisters(model_.now(), reg::kId, std::span(&place.own_id, 1));
    }
    place.lent_id.reset();
  }
  model_.ClearFaults();
}

}  // namespace soarm::sim
