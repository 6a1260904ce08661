#include "tests/adversary/stage/wire_ear.h"

#include <span>

#include "server/sim/protocol.h"

namespace soarm::adversary {
namespace {

using sim::Instruction;

constexpr std::size_t kShortest = 2;   // counted by the length byte: instruction and checksum
constexpr std::size_t kUncounted = 2;  // id and length
constexpr std::size_t kBody = 3;       // id, length, instruction

// What any other number asks for is not known to a servo, which does nothing.
bool Changes(Instruction instruction) {
  switch (instruction) {
    case Instruction::kPing:
    case Instruction::kRead:
    case Instruction::kSyncRead:
      return false;
    case Instruction::kWrite:
    case Instruction::kRegWrite:
    case Instruction::kAction:
    case Instruction::kRecovery:
    case Instruction::kRestart:
    case Instruction::kBackup:
    case Instruction::kStatusReset:
    case Instruction::kCalibrate:
    case Instruction::kSyncWrite:
      return true;
  }
  return false;
}

}  // namespace

void WireEar::Hear(const sim::LoggedByte& byte, std::vector<Event>& heard) {
  const bool header = before_ == sim::kHeaderByte && before_that_ == sim::kHeaderByte &&
                      byte.value != sim::kHeaderByte;
  before_that_ = before_;
  before_ = byte.value;
  if (header) {
    packet_.clear();
    inside_ = true;
  }
  if (!inside_) return;
  packet_.push_back(byte.value);
  if (packet_.size() < kUncounted) return;
  const std::size_t length = packet_[1];
  if (length < kShortest) {
    inside_ = false;
  } else if (packet_.size() == length + kUncounted) {
    inside_ = false;
    Finish(ToNanos(byte.at), heard);
  }
}

void WireEar::Finish(Time at, std::vector<Event>& heard) const {
  const std::span<const std::uint8_t> all = packet_;
  if (sim::Checksum(all.first(all.size() - 1)) != all.back()) return;
  const std::uint8_t id = all[0];
  const auto instruction = static_cast<Instruction>(all[2]);
  const auto parameters = all.subspan(kBody, all.size() - kBody - 1);
  if (!Changes(instruction)) return;
  const auto add = [&](std::uint8_t servo, std::uint8_t address,
                       std::span<const std::uint8_t> data) {
    heard.push_back({at, WrittenByHost{.at = at,
                                       .bus = bus_,
                                       .servo_id = servo,
                                       .instruction = all[2],
                                       .address = address,
                                       .data = {data.begin(), data.end()}}});
  };
  if (instruction != Instruction::kSyncWrite) {
    const std::uint8_t address = parameters.empty() ? std::uint8_t{0} : parameters[0];
    add(id, address, parameters.empty() ? parameters : parameters.subspan(1));
    return;
  }
  if (parameters.size() < 2) return;
  const std::size_t record = parameters[1] + std::size_t{1};
  for (std::size_t i = 2; i + record <= parameters.size(); i += record) {
    add(parameters[i], parameters[0], parameters.subspan(i + 1, record - 1));
  }
}

}  // namespace soarm::adversary
