#include "tests/adversary/stage/bench.h"

#include <algorithm>

#include "common/base/units.h"
#include "server/sim/protocol.h"
#include "tests/adversary/play/action.h"

namespace soarm::adversary {
namespace {

constexpr Time kTruthEvery = sim::World::kStep.count();

}  // namespace

Bench::Bench(const Setting& setting, const SceneFacts& scene, Timeline& timeline,
             Audience& audience)
    : settings_(BusesOf(setting)), timeline_(timeline), audience_(audience) {
  for (std::size_t bus = 0; bus < settings_.size(); ++bus) {
    sim::BusOptions options;
    options.timing = setting.timing;
    options.seed = setting.seed + bus;
    options.start = FromNanos(timeline.now());
    places_.push_back({.model = std::make_unique<sim::BusModel>(settings_[bus].robot, options),
                       .ear = WireEar(bus),
                       .heard_until = options.start});
  }
  std::vector<std::size_t> next(settings_.size(), 0);
  for (const JointFacts& joint : scene.joints) {
    const std::size_t servo = next[joint.bus]++;
    const double zero = places_[joint.bus].model->servos()[servo].zero_ticks;
    shafts_.push_back({joint.bus, servo, (zero - joint.zero_ticks) * kRadPerTick});
  }
  truth_.shafts.resize(shafts_.size());
}

std::unique_ptr<fakes::SimulatedPort> Bench::MakePort(std::size_t bus, ProcessClock& clock) {
  Place& place = places_[bus];
  auto port = std::make_unique<fakes::SimulatedPort>(clock, *place.model);
  port->set_model_ahead(clock.ahead());
  if (!place.plugged) port->Unplug();
  port->SpoilRequests(place.request_error_rate, 0);
  place.port = port.get();
  return port;
}

void Bench::ForgetPorts() {
  for (Place& place : places_) place.port = nullptr;
}

void Bench::SetModelAhead(Nanos ahead) {
  for (Place& place : places_) {
    if (place.port != nullptr) place.port->set_model_ahead(ahead);
  }
}

void Bench::Unplug(std::size_t bus) {
  places_[bus].plugged = false;
  places_[bus].model->DropUndelivered();
  if (places_[bus].port != nullptr) places_[bus].port->Unplug();
}

void Bench::Replug(std::size_t bus) {
  places_[bus].plugged = true;
  if (places_[bus].port != nullptr) places_[bus].port->Replug();
}

void Bench::SpoilRequests(std::size_t bus, double byte_error_rate, int count) {
  places_[bus].request_error_rate = byte_error_rate;
  if (places_[bus].port != nullptr) places_[bus].port->SpoilRequests(byte_error_rate, count);
}

void Bench::CatchUp() {
  const MonoTime now = FromNanos(timeline_.now());
  heard_.clear();
  for (Place& place : places_) {
    if (now > place.model->now()) place.model->AdvanceTo(now);
    for (const sim::LoggedByte& byte : place.model->log().Since(place.heard_until).bytes) {
      place.heard_until = byte.at;
      if (byte.direction == sim::Direction::kToBus) place.ear.Hear(byte, heard_);
    }
    place.model->ClearLog();
  }
  if (heard_.empty()) return;
  SortByTime(heard_);
  for (const Event& event : heard_) audience_.On(event);
}

double Bench::AngleOf(std::size_t joint) const {
  const Shaft& shaft = shafts_[joint];
  const sim::BusModel& model = *places_[shaft.bus].model;
  return model.motion(model.servos()[shaft.servo].shaft).angle_rad + shaft.zero_shift_rad;
}

bool Bench::Hears(std::size_t joint) const {
  const sim::BusServo& place = PlaceOf(joint);
  return place.attached && place.servo->Hears(FromNanos(timeline_.now()));
}

void Bench::Live() {
  next_truth_ = timeline_.now();
  Millisecond();
}

void Bench::Millisecond() {
  CatchUp();
  FillTruth();
  audience_.On(truth_);
  next_truth_ += kTruthEvery;
  timeline_.At(next_truth_, [this] { Millisecond(); });
}

// As SimControls::Truth(), a thousand times a second: without names, and in place.
void Bench::FillTruth() {
  namespace reg = sim::reg;
  truth_.at = timeline_.now();
  for (std::size_t i = 0; i < shafts_.size(); ++i) {
    const Shaft& shaft = shafts_[i];
    const sim::BusModel& model = *places_[shaft.bus].model;
    const sim::BusServo& place = model.servos()[shaft.servo];
    const sim::RegisterFile& registers = place.servo->registers();
    const sim::JointMotion& motion = model.motion(place.shaft);
    ShaftTruth& truth = truth_.shafts[i];
    truth.attached = place.attached;
    truth.powered = place.servo->powered();
    truth.torque_on = truth.powered && registers.Byte(reg::kTorqueEnable) == 1;
    truth.angle_rad = motion.angle_rad + shaft.zero_shift_rad;
    truth.speed_rad_s = motion.speed_rad_s;
    truth.motor_torque_nm = place.servo->torque_nm();
    truth.goal_raw = sim::DecodeSigned(registers.Word(reg::kGoalPosition), 15);
    truth.speed_goal_raw = sim::DecodeSigned(registers.Word(reg::kGoalSpeed), 15);
    truth.torque_limit = registers.Word(reg::kTorqueLimit);
    truth.mode = registers.Byte(reg::kMode);
    truth.status_bits = registers.Byte(reg::kStatus);
  }
}

}  // namespace soarm::adversary
