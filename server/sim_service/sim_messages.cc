#include "server/sim_service/sim_messages.h"

#include <cmath>

namespace soarm {
namespace {

// Longer silences start a new entry: no speed of these servos has longer bytes.
constexpr std::int64_t kLongestByte_ns = 300'000;

bool Continues(const sim::v1::LoggedBytes& entry, const sim::LoggedByte& byte) {
  if (entry.from_host() != (byte.direction == sim::Direction::kToBus)) return false;
  const auto size = static_cast<std::int64_t>(entry.data().size());
  const std::int64_t last = entry.time_ns() + (size - 1) * entry.byte_ns();
  const std::int64_t gap = ToNanos(byte.at) - last;
  if (size == 1) return gap >= 0 && gap <= kLongestByte_ns;
  return gap == entry.byte_ns();
}

}  // namespace

sim::v1::Truth ToProto(const sim::BusTruth& truth) {
  sim::v1::Truth message;
  message.set_time_ns(ToNanos(truth.at));
  for (const sim::ServoTruth& servo : truth.servos) {
    if (!servo.attached) continue;
    sim::v1::ServoTruth& out = *message.add_servos();
    out.set_servo(static_cast<std::uint32_t>(servo.id));
    out.set_position_rad(servo.angle_rad);
    out.set_velocity_rad_s(servo.speed_rad_s);
    out.set_torque_nm(servo.torque_nm);
    out.set_current_a(servo.current_a);
    out.set_temperature_c(servo.temperature_c);
    out.set_voltage_v(servo.powered ? truth.bus_v : 0);
    out.set_position_raw(static_cast<std::int32_t>(std::lround(servo.position_raw)));
    out.set_goal_raw(servo.goal_raw);
    out.set_speed_goal_raw(servo.speed_raw);
    out.set_torque_on(servo.torque_enabled);
    out.set_status_bits(servo.status_bits);
    out.set_torque_limit_raw(static_cast<std::uint32_t>(servo.torque_limit_raw));
    out.set_mode(static_cast<std::uint32_t>(servo.mode));
  }
  return message;
}

sim::v1::ReadByteLogResponse ToProto(const sim::ByteLog::Extract& extract) {
  sim::v1::ReadByteLogResponse message;
  message.set_lost(extract.lost);
  sim::v1::LoggedBytes* entry = nullptr;
  for (const sim::LoggedByte& byte : extract.bytes) {
    if (entry != nullptr && Continues(*entry, byte)) {
      if (entry->data().size() == 1) {
        entry->set_byte_ns(static_cast<std::uint32_t>(ToNanos(byte.at) - entry->time_ns()));
      }
    } else {
      entry = message.add_entries();
      entry->set_time_ns(ToNanos(byte.at));
      entry->set_from_host(byte.direction == sim::Direction::kToBus);
    }
    if (byte.misheard != 0) entry->set_misheard(entry->misheard() + 1);
    entry->mutable_data()->push_back(static_cast<char>(byte.value));
  }
  return message;
}

}  // namespace soarm
