#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "server/sim/byte_log.h"
#include "server/sim/reply_faults.h"
#include "server/sim/request_faults.h"
#include "server/sim/robots.h"
#include "server/sim/servo.h"
#include "server/sim/wire.h"
#include "server/sim/wire_timing.h"
#include "server/sim/world.h"

namespace soarm::sim {

struct BusOptions {
  WireTiming timing = WireTiming::kSlots;
  std::optional<double> supply_v;  // none: the robot's own
  std::uint64_t seed = 1;
  double noise = 1.0;  // 0: voltage registers tell exact values
  MonoTime start{};
};

// A servo at its place on the bus and in the world.
struct BusServo {
  std::unique_ptr<Servo> servo;
  std::string name;                     // of the joint; empty: a loose servo
  std::uint8_t born_id = 0;             // the id it had when it was put on the bus
  std::optional<std::uint8_t> lent_id;  // a duplicate's
  std::uint8_t own_id = 0;              // while lent_id is set: the one it had before
  std::size_t shaft = 0;                // in the world
  bool attached = true;                 // its plug is in
  double zero_ticks = 2048;             // position register at joint angle zero, as calibrated
  ReplyFaults faults;
  RequestFaults request_faults;  // at its plug
};

// Something the host will receive.
struct HostByteDue {
  MonoTime at{};
  std::uint8_t value = 0;
};

// Servos, wire, supply and world of one bus, moved on by hand: bytes go in with the time they were
// put out, bytes come out with the time they arrive. No thread, no clock, no descriptor; the same
// calls with the same times give the same bytes.
//
// Within AdvanceTo() everything happens in the order of its time: world and control loops every
// millisecond, a request at the end of its last byte, answers when the line has been idle.
//
// Not modelled: a servo does not hear the answers of the others.
//
// Not thread-safe.
class BusModel {
 public:
  // Without `world` the robot stands in a GravityWorld of its own.
  BusModel(const Robot& robot, const BusOptions& options, std::unique_ptr<World> world = nullptr);

  // `at` must not be before now().
  void HostBytes(MonoTime at, std::span<const std::uint8_t> bytes, int baud);
  void AdvanceTo(MonoTime until);
  // The world stands still until then; the wire goes on.
  void PauseWorldUntil(MonoTime until) noexcept { next_step_ = std::max(next_step_, until); }
  // How far the world is behind `at`.
  Nanos WorldLag(MonoTime at) const noexcept { return at - (next_step_ - World::kStep); }
  // What has reached the host by now(), once.
  std::vector<HostByteDue> TakeDelivered();
  // When AdvanceTo() will next have something to deliver or to decide; nothing while the wire
  // rests. The world's own steps do not count.
  std::optional<MonoTime> next_due() const;
  MonoTime now() const noexcept { return now_; }

  // --- the bench around it; sim_controls.h turns these into operations with checks
  std::vector<BusServo>& servos() noexcept { return servos_; }
  const std::vector<BusServo>& servos() const noexcept { return servos_; }
  World& world() noexcept { return *world_; }
  const JointMotion& motion(std::size_t shaft) const noexcept { return motions_[shaft]; }
  const ByteLog& log() const noexcept { return log_; }
  void ClearLog() noexcept { log_.Clear(); }
  double bus_v() const noexcept { return bus_v_; }

  void SetSupply(double volts) noexcept { supply_v_ = volts; }
  // What goes wrong on the line, so that all servos hear the same.
  RequestFaults& line_faults() noexcept { return line_faults_; }
  void SetEcho(bool on) noexcept { echo_ = on; }
  // How bytes reach the host: at once (0), or collected and handed over every `by`.
  void SetBatch(std::optional<Nanos> by) noexcept { batch_ = by; }
  // A servo on a shaft of its own.
  void AddLooseServo(const ServoSpec& spec);
  // Everything that was spoiled on purpose works again.
  void ClearFaults();
  // All bytes on their way to the host are gone: the cable was pulled.
  void DropUndelivered() noexcept { delivered_.clear(); }

 private:
  void StepWorld(MonoTime at);
  void HearHostByte();
  HeardByte HeardAtPlug(BusServo& place, HeardByte line,
                        const std::optional<RequestFrames::Start>& request);
  // How long the line must rest before it counts as idle.
  Nanos Pause(int baud) const noexcept;
  void AnswerWhenIdle(MonoTime idle);
  void SendAnswers(std::vector<std::pair<BusServo*, Reply>>& answers, MonoTime idle);
  // The time the answer ends, whatever of it was lost.
  MonoTime Send(MonoTime start, std::span<const std::uint8_t> bytes, Nanos byte_time,
                double byte_loss_rate);
  void Deliver(MonoTime at, std::uint8_t value);
  Nanos batch() const noexcept;

  const WireTiming timing_;
  const double noise_;
  std::mt19937_64 random_;
  std::vector<BusServo> servos_;
  std::unique_ptr<World> world_;
  std::vector<JointDrive> drives_;
  std::vector<JointMotion> motions_;
  Wire wire_;
  ByteLog log_;

  MonoTime now_;
  MonoTime next_step_;
  std::optional<MonoTime> idle_at_;  // the line falls idle then, if nothing more comes
  bool answers_wait_ = false;        // a request was taken since the line was last idle
  double supply_v_;
  double bus_v_;
  RequestFrames requests_;
  RequestFaults line_faults_;
  bool echo_ = false;
  std::optional<Nanos> batch_;
  std::vector<HostByteDue> delivered_;  // ordered by time
};

}  // namespace soarm::sim
