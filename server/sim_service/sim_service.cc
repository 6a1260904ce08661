#include "server/sim_service/sim_service.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>

#include "common/base/clean_text.h"
#include "server/service/edge/answer.h"
#include "server/service/edge/durations.h"
#include "server/service/edge/errors.h"
#include "server/sim/bus_simulation.h"
#include "server/sim_service/sim_messages.h"
#include "server/sim_service/truth_watcher.h"

namespace soarm {
namespace {

constexpr double kWatchRate_hz = 50;
constexpr double kFastestWatch_hz = 1000;

// Bus ids, counts and addresses all fit an int; what does not cannot name anything.
int ToInt(std::uint32_t value) {
  return static_cast<int>(std::min<std::uint32_t>(value, 1'000'000'000));
}

absl::Status Invalid(std::string_view subject, std::string_view message, std::string_view fix) {
  return Refuse(absl::StatusCode::kInvalidArgument, "INVALID_VALUE", subject, message, fix);
}

std::span<const std::uint8_t> BytesOf(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

absl::Status NoDamage() {
  return Invalid("how", "Neither a count nor a rate is given.",
                 "Set count, byte_error_rate or byte_loss_rate.");
}

absl::Status CorruptAnswers(sim::SimControls& bus, const sim::v1::CorruptRequest& request) {
  const int servo = ToInt(request.servo());
  switch (request.how_case()) {
    case sim::v1::CorruptRequest::kCount:
      return bus.Corrupt(servo, ToInt(request.count()));
    case sim::v1::CorruptRequest::kByteErrorRate:
      return bus.CorruptBytes(servo, request.byte_error_rate());
    case sim::v1::CorruptRequest::kByteLossRate:
      return bus.LoseBytes(servo, request.byte_loss_rate());
    case sim::v1::CorruptRequest::HOW_NOT_SET:
      break;
  }
  return NoDamage();
}

absl::Status CorruptRequests(sim::SimControls& bus, const sim::v1::CorruptRequest& request) {
  const int servo = ToInt(request.servo());
  switch (request.how_case()) {
    case sim::v1::CorruptRequest::kCount:
      return bus.CorruptRequests(servo, ToInt(request.count()));
    case sim::v1::CorruptRequest::kByteErrorRate:
      return bus.CorruptRequestBytes(servo, request.byte_error_rate());
    case sim::v1::CorruptRequest::kByteLossRate:
      return bus.LoseRequestBytes(servo, request.byte_loss_rate());
    case sim::v1::CorruptRequest::HOW_NOT_SET:
      break;
  }
  return NoDamage();
}

}  // namespace

void SimService::EndStreams() {
  streams_.EndAll(Refuse(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "",
                         "The simulator is shutting down.", "Reconnect when it is back."));
}

absl::StatusOr<sim::BusSimulation*> SimService::Find(const std::string& name) const {
  std::string known;
  for (const SimBus& bus : buses_) {
    if (bus.name == name || (name.empty() && buses_.size() == 1)) return bus.simulation;
    known += (known.empty() ? "" : ", ") + bus.name;
  }
  if (name.empty()) {
    return Refuse(absl::StatusCode::kInvalidArgument, "BUS_NEEDED", "",
                  "There are several simulated buses.", "Name one of " + known + ".",
                  {{"buses", known}});
  }
  return Refuse(absl::StatusCode::kNotFound, "UNKNOWN_BUS", name,
                "There is no simulated bus " + Shown(name) + ".", "Name one of " + known + ".",
                {{"buses", known}});
}

template <typename Request, typename Work>
SimService::Unary* SimService::OnBus(Context* context, const Request& request, Work work) {
  return Answer(entrance_, context, request, [&]() -> absl::Status {
    const absl::StatusOr<sim::BusSimulation*> simulation = Find(request.bus());
    if (!simulation.ok()) return simulation.status();
    return work(**simulation);
  });
}

template <typename Request, typename Work>
SimService::Unary* SimService::Control(Context* context, const Request& request, Work work) {
  return OnBus(context, request, [&](sim::BusSimulation& simulation) {
    return simulation.Do([&](sim::SimControls& bus) -> absl::Status { return work(bus); });
  });
}

SimService::Unary* SimService::GetTruth(Context* context, const sim::v1::GetTruthRequest* request,
                                        sim::v1::Truth* response) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    *response = ToProto(bus.Truth());
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<sim::v1::Truth>* SimService::WatchTruth(
    Context* context, const sim::v1::WatchTruthRequest* request) {
  TruthWatcher* watcher = nullptr;
  const absl::Status started = Admitted(entrance_, *context, *request, [&]() -> absl::Status {
    const absl::StatusOr<sim::BusSimulation*> simulation = Find(request->bus());
    if (!simulation.ok()) return simulation.status();
    const double rate_hz = request->rate_hz() == 0 ? kWatchRate_hz : request->rate_hz();
    if (!(rate_hz > 0 && rate_hz <= kFastestWatch_hz)) {
      return Invalid("rate_hz", "The rate is out of range.", "Use 0 to 1000.");
    }
    const auto period = std::chrono::round<Nanos>(std::chrono::duration<double>(1.0 / rate_hz));
    watcher = new TruthWatcher(**simulation, streams_, period);
    watcher->Start();
    return absl::OkStatus();
  });
  if (!started.ok()) return new RefusedStream<sim::v1::Truth>(started);
  return watcher;
}

SimService::Unary* SimService::SetJoint(Context* context, const sim::v1::SetJointRequest* request,
                                        Response*) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    const int servo = ToInt(request->servo());
    const Nanos over = FromProto(request->over());
    if (over < Nanos{0}) return Invalid("over", "The time is negative.", "Leave it out.");
    switch (request->position_case()) {
      case sim::v1::SetJointRequest::kPositionRad:
        return bus.SetJoint(servo, request->position_rad(), over);
      case sim::v1::SetJointRequest::kPositionRaw:
        return bus.SetJointRaw(servo, request->position_raw(), over);
      case sim::v1::SetJointRequest::POSITION_NOT_SET:
        break;
    }
    return Invalid("position", "No position is given.", "Set position_rad or position_raw.");
  });
}

SimService::Unary* SimService::Block(Context* context, const sim::v1::BlockRequest* request,
                                     Response*) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    std::optional<double> at_rad;
    if (request->has_at_rad()) at_rad = request->at_rad();
    return bus.Block(ToInt(request->servo()), at_rad);
  });
}

SimService::Unary* SimService::SetLoad(Context* context, const sim::v1::SetLoadRequest* request,
                                       Response*) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    return bus.SetLoad(ToInt(request->servo()), request->torque_nm());
  });
}

SimService::Unary* SimService::SetTemperature(Context* context,
                                              const sim::v1::SetTemperatureRequest* request,
                                              Response*) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    return bus.SetTemperature(ToInt(request->servo()), request->celsius());
  });
}

SimService::Unary* SimService::SetSupply(Context* context, const sim::v1::SetSupplyRequest* request,
                                         Response*) {
  return Control(context, *request,
                 [&](sim::SimControls& bus) { return bus.SetSupply(request->voltage_v()); });
}

SimService::Unary* SimService::BrownOut(Context* context, const sim::v1::BrownOutRequest* request,
                                        Response*) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    bus.BrownOut();
    return absl::OkStatus();
  });
}

SimService::Unary* SimService::PowerCycle(Context* context,
                                          const sim::v1::PowerCycleRequest* request, Response*) {
  return Control(context, *request,
                 [&](sim::SimControls& bus) { return bus.PowerCycle(ToInt(request->servo())); });
}

SimService::Unary* SimService::SetStatusBits(Context* context,
                                             const sim::v1::SetStatusBitsRequest* request,
                                             Response*) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    return bus.SetStatusBits(ToInt(request->servo()), ToInt(request->bits()));
  });
}

SimService::Unary* SimService::Mute(Context* context, const sim::v1::MuteRequest* request,
                                    Response*) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    return bus.Mute(ToInt(request->servo()), request->on());
  });
}

SimService::Unary* SimService::DropReply(Context* context, const sim::v1::DropReplyRequest* request,
                                         Response*) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    return bus.DropReply(ToInt(request->servo()), ToInt(request->count()));
  });
}

SimService::Unary* SimService::Corrupt(Context* context, const sim::v1::CorruptRequest* request,
                                       Response*) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    switch (request->direction()) {
      case sim::v1::CorruptRequest::DIRECTION_UNSPECIFIED:
      case sim::v1::CorruptRequest::ANSWERS:
        return CorruptAnswers(bus, *request);
      case sim::v1::CorruptRequest::REQUESTS:
        return CorruptRequests(bus, *request);
      case sim::v1::CorruptRequest::BOTH: {
        absl::Status status = CorruptAnswers(bus, *request);
        return status.ok() ? CorruptRequests(bus, *request) : status;
      }
      default:
        return Invalid("direction", "There is no such direction.", "Leave it out for answers.");
    }
  });
}

SimService::Unary* SimService::Truncate(Context* context, const sim::v1::TruncateRequest* request,
                                        Response*) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    return bus.Truncate(ToInt(request->servo()), ToInt(request->count()));
  });
}

SimService::Unary* SimService::Delay(Context* context, const sim::v1::DelayRequest* request,
                                     Response*) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    return bus.Delay(ToInt(request->servo()), FromProto(request->by()));
  });
}

SimService::Unary* SimService::Echo(Context* context, const sim::v1::EchoRequest* request,
                                    Response*) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    bus.Echo(request->on());
    return absl::OkStatus();
  });
}

SimService::Unary* SimService::Batch(Context* context, const sim::v1::BatchRequest* request,
                                     Response*) {
  return Control(context, *request,
                 [&](sim::SimControls& bus) { return bus.Batch(FromProto(request->by())); });
}

SimService::Unary* SimService::Unplug(Context* context, const sim::v1::UnplugRequest* request,
                                      Response*) {
  return OnBus(context, *request, [](sim::BusSimulation& simulation) {
    simulation.Unplug();
    return absl::OkStatus();
  });
}

SimService::Unary* SimService::Replug(Context* context, const sim::v1::ReplugRequest* request,
                                      Response*) {
  return OnBus(context, *request,
               [&](sim::BusSimulation& simulation) { return simulation.Replug(request->link()); });
}

SimService::Unary* SimService::AttachServo(Context* context,
                                           const sim::v1::AttachServoRequest* request, Response*) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    sim::AttachRequest attach;
    attach.id = ToInt(request->id());
    if (request->baud() != 0) attach.baud = ToInt(request->baud());
    if (request->model() != 0) attach.model = ToInt(request->model());
    attach.profile = request->profile();
    return bus.AttachServo(attach);
  });
}

SimService::Unary* SimService::DetachServo(Context* context,
                                           const sim::v1::DetachServoRequest* request, Response*) {
  return Control(context, *request,
                 [&](sim::SimControls& bus) { return bus.DetachServo(ToInt(request->servo())); });
}

SimService::Unary* SimService::DuplicateId(Context* context,
                                           const sim::v1::DuplicateIdRequest* request, Response*) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    return bus.DuplicateId(ToInt(request->servo()), ToInt(request->id()));
  });
}

SimService::Unary* SimService::ReadRegisters(Context* context,
                                             const sim::v1::ReadRegistersRequest* request,
                                             sim::v1::ReadRegistersResponse* response) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    const auto values = bus.ReadRegisters(ToInt(request->servo()), ToInt(request->address()),
                                          ToInt(request->count()));
    if (values.ok()) response->set_values(values->data(), values->size());
    return values.status();
  });
}

SimService::Unary* SimService::WriteRegisters(Context* context,
                                              const sim::v1::WriteRegistersRequest* request,
                                              Response*) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    return bus.WriteRegisters(ToInt(request->servo()), ToInt(request->address()),
                              BytesOf(request->values()));
  });
}

SimService::Unary* SimService::ReadByteLog(Context* context,
                                           const sim::v1::ReadByteLogRequest* request,
                                           sim::v1::ReadByteLogResponse* response) {
  return OnBus(context, *request, [&](sim::BusSimulation& simulation) {
    // Converted outside the lock: a full log is a million bytes.
    const sim::ByteLog::Extract extract = simulation.Do(
        [&](sim::SimControls& bus) { return bus.ReadByteLog(FromNanos(request->since_ns())); });
    *response = ToProto(extract);
    return absl::OkStatus();
  });
}

SimService::Unary* SimService::ClearInjections(Context* context,
                                               const sim::v1::ClearInjectionsRequest* request,
                                               Response*) {
  return Control(context, *request, [&](sim::SimControls& bus) {
    bus.ClearInjections();
    return absl::OkStatus();
  });
}

SimService::Unary* SimService::Step(Context* context, const sim::v1::StepRequest* request,
                                    Response*) {
  return OnBus(context, *request, [&](sim::BusSimulation& simulation) {
    return simulation.Step(ToInt(request->ticks()));
  });
}

}  // namespace soarm
