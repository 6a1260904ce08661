#include "server/servo/feetech/bus_open.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "common/base/problem.h"
#include "server/servo/bus/joint_role.h"
#include "server/servo/bus/transport.h"
#include "server/servo/feetech/acting_goal.h"
#include "server/servo/feetech/joint_facts.h"
#include "server/servo/feetech/measure_transport.h"
#include "server/servo/feetech/registers.h"
#include "server/servo/feetech/sample_decode.h"
#include "server/servo/feetech/working_check.h"

namespace soarm::servo::feetech {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr int kPings = 3;
// A servo that answered pings is there, so its reads are repeated until it must be the servo.
constexpr int kReads = 10;
// Before anything is known: a USB adapter at its worst. Once one servo has answered, less.
constexpr Nanos kFirstAllowance = milliseconds(18);
constexpr Nanos kNextAllowance = milliseconds(5);
constexpr Nanos kScanAllowance = milliseconds(4);
constexpr Block kLowHalf{0, 40};
constexpr Block kHighHalf{40, 47};

void SetUp(BusContext& bus) {
  bus.models = bus.options.robot.joints;
  std::sort(bus.models.begin(), bus.models.end(),
            [](const JointModel& a, const JointModel& b) { return a.servo_id < b.servo_id; });
  bus.servos.clear();
  bus.samples.clear();
  for (const JointModel& joint : bus.models) {
    ServoState servo;
    servo.id = joint.servo_id;
    servo.kind = joint.kind;
    servo.may_write = IsWritable(RoleOf(bus.options.robot, joint.servo_id));
    bus.requests.AllowWrites(servo.id, servo.may_write);
    bus.servos.push_back(servo);
    bus.samples.push_back({});
  }
}

// `late`: set where an answer or an echo came, or seems to have come, after its time.
bool Ping(BusContext& bus, ServoState& servo, int tries, bool& late) {
  bool silent = false;
  for (int i = 0; i < tries; ++i) {
    const Answer answer = bus.transactor.Ping(servo.id);
    if (answer.lost) return false;
    late = late || answer.discarded > 0 || answer.echoed;
    if (answer.answered) {
      servo.status = answer.status;
      servo.health.OnAnswer();
      late = late || silent;
      return true;
    }
    silent = silent || !answer.damaged;
    if (answer.damaged) servo.health.OnDamaged(bus.clock.Now());
  }
  servo.health.Quarantine(bus.clock.Now());
  return false;
}

struct Found {
  int servos = 0;
  bool late = false;  // as for Ping()
};

// `next`: the allowance once one has answered.
Found PingAll(BusContext& bus, int tries, Nanos next) {
  Found found;
  for (ServoState& servo : bus.servos) {
    if (!Ping(bus, servo, tries, found.late)) continue;
    if (++found.servos == 1) bus.transport().Fix(next);
  }
  return found;
}

bool ReadInto(BusContext& bus, ServoState& servo, Block block, std::span<std::uint8_t> image) {
  for (int i = 0; i < kReads; ++i) {
    const Answer answer = bus.transactor.Read(servo.id, block, bus.options.patience);
    if (answer.answered) {
      const std::size_t skip = block.address - std::size_t{answer.first};
      std::copy_n(answer.bytes().begin() + skip, block.count, image.begin() + block.address);
      servo.status = answer.status;
      servo.health.OnAnswer();
      return true;
    }
    if (answer.damaged) servo.health.OnDamaged(bus.clock.Now());
  }
  return false;
}

// What is only read once more when it has changed has to be right: of 256 damaged answers, or
// answers to damaged requests, one passes its checksum.
bool ReadTwice(BusContext& bus, ServoState& servo, Block block, std::span<std::uint8_t> image) {
  std::array<std::uint8_t, kRegisterCount> again{};
  for (int i = 0; i < kReads; ++i) {
    if (!ReadInto(bus, servo, block, image) || !ReadInto(bus, servo, block, again)) return false;
    const auto first = image.subspan(block.address, block.count);
    if (std::equal(first.begin(), first.end(), again.begin() + block.address)) return true;
  }
  return false;
}

void TakeImage(BusContext& bus, std::size_t joint, std::span<const std::uint8_t> image) {
  ServoState& servo = bus.servos[joint];
  JointSample& sample = bus.samples[joint];
  const MonoTime now = bus.clock.Now();
  CheckWorking(servo, DecodeWorking(0, image));
  DecodeFeedback(bus.models[joint], servo, {0, kRegisterCount}, image, sample);
  CheckOutput(bus.models[joint], sample, servo, true);
  CheckLock(servo, DecodeFrom(reg::kLock, 0, image));
  sample.sampled_at = now;
  CheckDrive(bus.models[joint], sample, servo, now, true);
  CheckCurrent(servo, sample.current_a, now);
}

void ReadServo(BusContext& bus, std::size_t joint) {
  ServoState& servo = bus.servos[joint];
  std::array<std::uint8_t, kRegisterCount> image{};
  if (!ReadTwice(bus, servo, kLowHalf, image) || !ReadInto(bus, servo, kHighHalf, image)) {
    servo.health.Quarantine(bus.clock.Now());
    if (servo.health.last_damaged()) servo.health.SuspectTwins();
    return;
  }
  servo.known = true;
  servo.stored = DecodeStored(image);
  std::copy_n(image.begin() + kSettingsBlock.address, kSettingsBlock.count, servo.settings.begin());
  JointModel& model = bus.models[joint];
  FillJointFacts(image, model);
  const auto no_room = FindNoRoom(model, bus.options.robot.limits[joint]);
  if (no_room && !model.unfit.any()) model.unfit = *no_room;
  TakeImage(bus, joint, image);
  // The goal that acts is asked for at once.
  if (servo.says != ServoState::Says::kNothing && ReadInto(bus, servo, kHighHalf, image)) {
    TakeImage(bus, joint, image);
  }
}

void LearnReturnDelay(BusContext& bus) {
  std::int32_t longest = 0;
  for (const ServoState& servo : bus.servos) longest = std::max(longest, servo.stored.return_delay);
  bus.link.timer().set_return_delay(microseconds(2) * longest);
}

// Whether a servo answers at another of the family's rates: the usual reason for silence.
int FindOtherBaud(BusContext& bus) {
  bus.transport().Fix(kScanAllowance);
  int found = 0;
  for (std::uint8_t code = 0; BaudOfCode(code) != 0 && found == 0; ++code) {
    const int baud = BaudOfCode(code);
    if (baud == bus.options.baud || !bus.port.SetBaud(baud).ok()) continue;
    bus.port.Discard();
    if (PingAll(bus, 1, kScanAllowance).servos > 0) found = baud;
  }
  bus.port.SetBaud(bus.options.baud).IgnoreError();
  return found;
}

absl::Status SilentStatus(BusContext& bus) {
  const std::string device(bus.port.name());
  const int other = FindOtherBaud(bus);
  if (other != 0) {
    return ToStatus({absl::StatusCode::kFailedPrecondition,
                     "BAUD_MISMATCH",
                     device,
                     "The servos on " + device + " answer at " + std::to_string(other) +
                         " baud, not at " + std::to_string(bus.options.baud) + ".",
                     "Bring all servos to one rate, e.g. with `lerobot-setup-motors`.",
                     {{"found_baud", std::to_string(other)},
                      {"wanted_baud", std::to_string(bus.options.baud)}}});
  }
  return ToStatus({absl::StatusCode::kFailedPrecondition,
                   "NO_SERVO_ANSWERS",
                   device,
                   "No servo answers on " + device + ".",
                   "Switch the arm's power supply on and check the cable to the first servo.",
                   {}});
}

}  // namespace

absl::Status OpenBus(BusContext& bus, SerialPort::Others others) {
  SetUp(bus);
  bus.notes.clear();
  if (absl::Status opened = bus.port.Open(others); !opened.ok()) return opened;
  if (std::optional<Problem> note = bus.port.note()) bus.notes.push_back(*std::move(note));
  bus.transport().Fix(kFirstAllowance);
  DetectEcho(bus);
  Found found = PingAll(bus, kPings, kNextAllowance);
  const bool late = found.late;
  if (late) {  // a slow transport holds an echo back as well
    DetectEcho(bus, kLongestAllowance);
    bus.transport().Fix(kLongestAllowance);
    found = PingAll(bus, kPings, kLongestAllowance);
  }
  if (found.servos == 0) return SilentStatus(bus);
  MeasureTransport(bus, late);
  bus.transport_watch.Restart(bus.clock.Now());
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if (!bus.servos[i].health.quarantined()) ReadServo(bus, i);
  }
  LearnReturnDelay(bus);
  return absl::OkStatus();
}

}  // namespace soarm::servo::feetech
