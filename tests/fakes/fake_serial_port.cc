#include "tests/fakes/fake_serial_port.h"

#include <algorithm>
#include <iterator>

namespace soarm::fakes {
namespace {

constexpr Nanos kByteTime = std::chrono::microseconds(10);
constexpr std::uint8_t kBroadcast = 0xFE;

std::uint8_t Sum(std::span<const std::uint8_t> body) {
  unsigned sum = 0;
  for (const std::uint8_t byte : body) sum += byte;
  return static_cast<std::uint8_t>(~sum);
}

bool IsReadOnly(std::size_t address) { return address < 4 || (address >= 56 && address < 78); }

}  // namespace

std::int32_t FakeServo::Get(std::uint8_t address, int width) const {
  return width == 1 ? registers[address] : registers[address] | registers[address + 1U] << 8;
}

void FakeServo::Set(std::uint8_t address, int width, std::int32_t raw) {
  registers[address] = static_cast<std::uint8_t>(raw);
  if (width == 2) registers[address + 1U] = static_cast<std::uint8_t>(raw >> 8);
}

FakeServo MakeServo(std::uint8_t id) {
  FakeServo servo;
  servo.Set(0, 1, 3);
  servo.Set(1, 1, 10);
  servo.Set(3, 2, 777);
  servo.Set(5, 1, id);
  servo.Set(8, 1, 1);
  servo.Set(9, 2, 800);
  servo.Set(11, 2, 3300);
  servo.Set(13, 1, 70);
  servo.Set(14, 1, 140);
  servo.Set(15, 1, 40);
  servo.Set(16, 2, 1000);
  servo.Set(18, 1, 12);
  servo.Set(19, 1, 44);
  servo.Set(21, 1, 32);
  servo.Set(26, 1, 1);
  servo.Set(27, 1, 1);
  servo.Set(28, 2, 310);
  servo.Set(30, 1, 1);
  servo.Set(31, 2, 85);
  servo.Set(37, 1, 10);
  servo.Set(38, 1, 200);
  servo.Set(48, 2, 1000);
  servo.Set(55, 1, 1);
  servo.Set(56, 2, 2048);
  servo.Set(62, 1, 121);
  servo.Set(63, 1, 33);
  servo.Set(85, 1, 100);
  return servo;
}

absl::Status FakeSerialPort::Open(Others others) {
  others_at_open = others;
  if (!open_status.ok()) return open_status;
  open_ = true;
  return absl::OkStatus();
}

absl::Status FakeSerialPort::SetBaud(int baud) {
  baud_ = baud;
  return absl::OkStatus();
}

void FakeSerialPort::Discard() noexcept {
  incoming_.erase(incoming_.begin(), incoming_.upper_bound(clock_.Now()));
}

void FakeSerialPort::Inject(std::span<const std::uint8_t> bytes, MonoTime at) {
  for (const std::uint8_t byte : bytes) incoming_.emplace(at, byte);
}

SerialPort::WriteStatus FakeSerialPort::Write(std::span<const std::uint8_t> bytes) noexcept {
  ++writes;
  if (!open_ || unplugged) return WriteStatus::kLost;
  if (blocked) return WriteStatus::kBlocked;
  const MonoTime start = clock_.Now();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (echo) incoming_.emplace(start + kByteTime * (i + 1) + echo_delay, bytes[i]);
  }
  // Whole packets, as a correct driver sends them.
  for (std::size_t at = 0; at + 6 <= bytes.size();) {
    const std::size_t size = bytes[at + 3] + 4U;
    Request request{start, bytes[at + 2], bytes[at + 4], {}};
    request.parameters.assign(bytes.begin() + at + 5, bytes.begin() + at + size - 1);
    requests.push_back(request);
    at += size;
    if (baud_ == servos_baud) Carry(request, start + kByteTime * at);
  }
  return WriteStatus::kOk;
}

void FakeSerialPort::Carry(const Request& request, MonoTime end) {
  const auto& p = request.parameters;
  const MonoTime first = end + kByteTime + latency;
  if (request.instruction == 0x82) {
    for (std::size_t k = 0; k + 2 < p.size(); ++k) {
      const auto servo = servos.find(p[k + 2]);
      if (servo == servos.end()) continue;
      ReplyRead(servo->second, servo->first, p[0], p[1], first + kByteTime * (k * (p[1] + 9U)));
    }
    return;
  }
  if (request.instruction == 0x83) {
    for (std::size_t at = 2; at + p[1] < p.size(); at += p[1] + 1U) {
      const auto servo = servos.find(p[at]);
      if (servo == servos.end() || servo->second.mute) continue;
      Store(servo->second, p[0], std::span(p).subspan(at + 1, p[1]));
    }
    return;
  }
  const auto found = servos.find(request.id);
  if (found == servos.end()) return;
  FakeServo& servo = found->second;
  switch (request.instruction) {
    case 0x01:
      Reply(servo, request.id, {}, first);
      break;
    case 0x02:
      ReplyRead(servo, request.id, p[0], p[1], first);
      break;
    case 0x03:
      if (servo.mute) break;
      Store(servo, p[0], std::span(p).subspan(1));
      if (servo.Get(8, 1) != 0) Reply(servo, request.id, {}, first);
      break;
    default:
      break;
  }
}

void FakeSerialPort::Store(FakeServo& servo, std::uint8_t address,
                           std::span<const std::uint8_t> data) {
  const bool was_on = servo.Get(40, 1) == 1;
  const auto touches = [&](std::size_t first, std::size_t last) {
    return address <= last && address + data.size() > first;
  };
  for (std::size_t i = 0; i < data.size(); ++i) {
    const std::size_t at = address + i;
    if (at < servo.registers.size() && !IsReadOnly(at)) servo.registers[at] = data[i];
  }
  const bool wheel = servo.Get(33, 1) == 1;
  if (servo.goal_write_energises && (wheel ? touches(46, 47) : touches(42, 43))) {
    servo.Set(40, 1, 1);
  }
  if (servo.ignores_torque) servo.Set(40, 1, 0);
  if (!was_on && servo.Get(40, 1) == 1) {
    servo.Set(56, 2, servo.Get(56, 2) + servo.moves_when_energised);
  }
}

void FakeSerialPort::ReplyRead(FakeServo& servo, std::uint8_t id, std::uint8_t address,
                               std::uint8_t count, MonoTime at) {
  if (address <= 56 && address + count > 57) ++servo.reads;
  if (servo.position) servo.Set(56, 2, servo.position(servo));
  const std::size_t end = std::min<std::size_t>(address + count, servo.registers.size());
  Reply(servo, id, std::span(servo.registers).subspan(address, end - address), at);
}

constexpr std::size_t kPingAnswer = 6;  // bytes

void FakeSerialPort::Reply(FakeServo& servo, std::uint8_t id, std::span<const std::uint8_t> data,
                           MonoTime at) {
  if (servo.mute) return;
  if (servo.drop > 0) {
    --servo.drop;
    return;
  }
  std::vector<std::uint8_t> frame = {0xFF, 0xFF, id, static_cast<std::uint8_t>(data.size() + 2),
                                     servo.registers[65]};
  frame.insert(frame.end(), data.begin(), data.end());
  frame.push_back(Sum(std::span(frame).subspan(2)));
  const bool collides = servo.twin && frame.size() > kPingAnswer;
  if (servo.corrupt > 0 || collides) {
    servo.corrupt -= collides ? 0 : 1;
    frame[frame.size() / 2] ^= 0x10;
  }
  if (servo.truncate > 0) {
    --servo.truncate;
    frame.resize(frame.size() - 3);
  }
  at += kByteTime * frame.size();
  if (servo.delay_count > 0) {
    --servo.delay_count;
    at += servo.delay;
  }
  Inject(frame, at);  // in one piece: transports delay answers, they do not mix them
}

SerialPort::ReadResult FakeSerialPort::Read(std::span<std::uint8_t> into,
                                            MonoTime deadline) noexcept {
  ++reads;
  if (!open_ || unplugged) return {0, true};
  MonoTime until = std::max(deadline, clock_.Now());
  if (incoming_.size() >= threshold_ && threshold_ > 0) {
    until = std::min(
        until, std::next(incoming_.begin(), static_cast<std::ptrdiff_t>(threshold_) - 1)->first);
  }
  clock_.SleepUntil(until);
  std::size_t size = 0;
  while (size < into.size() && !incoming_.empty() && incoming_.begin()->first <= clock_.Now()) {
    into[size++] = incoming_.begin()->second;
    incoming_.erase(incoming_.begin());
  }
  return {size, false};
}

std::vector<FakeSerialPort::Written> FakeSerialPort::AllWritten() const {
  std::vector<Written> all;
  for (const Request& request : requests) {
    const auto& p = request.parameters;
    if (request.instruction == 0x03 || request.instruction == 0x04) {
      all.push_back({request.id, p[0], {p.begin() + 1, p.end()}});
    } else if (request.instruction == 0x83) {
      for (std::size_t at = 2; at + p[1] < p.size(); at += p[1] + 1U) {
        const auto data = p.begin() + static_cast<std::ptrdiff_t>(at) + 1;
        all.push_back({p[at], p[0], {data, data + p[1]}});
      }
    }
  }
  return all;
}

bool FakeSerialPort::WasWritten(std::uint8_t id, std::uint8_t first, std::uint8_t last) const {
  const std::vector<Written> all = AllWritten();
  return std::any_of(all.begin(), all.end(), [&](const Written& w) {
    return (w.id == id || w.id == kBroadcast) && w.address <= last &&
           w.address + w.data.size() > first;
  });
}

}  // namespace soarm::fakes
