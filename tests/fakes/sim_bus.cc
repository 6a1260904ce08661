#include "tests/fakes/sim_bus.h"

#include <cstdio>
#include <sstream>
#include <stdexcept>

namespace soarm::sim {
namespace {

Robot LooseServos(std::initializer_list<int> ids, const FirmwareOptions& firmware) {
  Robot robot;
  robot.has_arm = false;
  robot.supply_v = 12.1;
  for (const int id : ids) {
    RobotJoint joint;
    joint.servo.id = static_cast<std::uint8_t>(id);
    joint.servo.firmware = firmware;
    joint.body.mechanics = ConstantsOf(joint.servo.variant).mechanics;
    robot.joints.push_back(joint);
  }
  return robot;
}

BusOptions Silent(BusOptions options) {
  options.noise = 0;
  return options;
}

}  // namespace

Bytes FromHex(const std::string& text) {
  std::istringstream in(text);
  Bytes bytes;
  for (std::string word; in >> word;) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(word, nullptr, 16)));
  }
  return bytes;
}

std::string ToHex(const Bytes& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    char word[4];
    std::snprintf(word, sizeof(word), "%02X", byte);
    text += text.empty() ? "" : " ";
    text += word;
  }
  return text;
}

BenchBus::BenchBus(std::initializer_list<int> ids, FirmwareOptions firmware, BusOptions options)
    : model_(LooseServos(ids, firmware), Silent(options)) {}

BenchBus::BenchBus(const Robot& robot, BusOptions options) : model_(robot, Silent(options)) {}

BenchBus::BenchBus(const std::string& robot, FirmwareOptions firmware, BusOptions options)
    : model_(FindRobot(robot, firmware, true).value(), Silent(options)) {}

std::vector<HostByteDue> BenchBus::AskTimed(const Bytes& request, Nanos wait) {
  model_.TakeDelivered();
  model_.HostBytes(model_.now(), request, baud);
  Run(wait);
  return model_.TakeDelivered();
}

Bytes BenchBus::Ask(const Bytes& request, Nanos wait) {
  Bytes bytes;
  for (const HostByteDue& byte : AskTimed(request, wait)) bytes.push_back(byte.value);
  return bytes;
}

Bytes BenchBus::Read(int id, int address, int count) {
  const Bytes parameters = {static_cast<std::uint8_t>(address), static_cast<std::uint8_t>(count)};
  const Bytes answer =
      Ask(InstructionPacket(static_cast<std::uint8_t>(id), Instruction::kRead, parameters));
  if (answer.size() != static_cast<std::size_t>(count) + 6) {
    throw std::runtime_error("no whole answer: " + ToHex(answer));
  }
  return {answer.begin() + 5, answer.end() - 1};
}

int BenchBus::ReadWord(int id, int address) {
  const Bytes data = Read(id, address, 2);
  return data[0] | data[1] << 8;
}

void BenchBus::Write(int id, int address, const Bytes& data) {
  Bytes parameters = {static_cast<std::uint8_t>(address)};
  parameters.insert(parameters.end(), data.begin(), data.end());
  // Long enough for a flash erase after it.
  Ask(InstructionPacket(static_cast<std::uint8_t>(id), Instruction::kWrite, parameters),
      std::chrono::milliseconds(50));
}

void BenchBus::WriteWord(int id, int address, int value) {
  Write(id, address, {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8)});
}

void BenchBus::Place(int id, int ticks) {
  if (!controls().SetJointRaw(id, ticks).ok()) throw std::runtime_error("the joint is not free");
  Run(std::chrono::milliseconds(30));
}

Servo& BenchBus::servo(int id) {
  for (BusServo& place : model_.servos()) {
    if (place.servo->id() == id) return *place.servo;
  }
  throw std::out_of_range("no such servo");
}

ServoTruth BenchBus::Truth(int id) {
  for (const ServoTruth& truth : controls().Truth().servos) {
    if (truth.id == id) return truth;
  }
  throw std::out_of_range("no such servo");
}

}  // namespace soarm::sim
