#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "server/service/edge/entrance.h"
#include "server/service/edge/open_streams.h"
#include "server/sim_service/sim_bus.h"
#include "soarm/sim/v1/sim.grpc.pb.h"

namespace soarm {

// The gRPC face of the simulated buses: finds the bus, makes one call, converts.
//
// Threads    gRPC's; each call takes the lock of its bus for some microseconds.
// Ownership  the buses and what tells who calls outlive it.
class SimService final : public sim::v1::SimService::CallbackService {
 public:
  SimService(std::vector<SimBus> buses, const Entrance& entrance)
      : buses_(std::move(buses)), entrance_(entrance) {}

  // Ends every WatchTruth, present and future; the rest of a shutdown is the server's.
  void EndStreams();

  using Context = grpc::CallbackServerContext;
  using Response = sim::v1::SimResponse;
  using Unary = grpc::ServerUnaryReactor;

  Unary* GetTruth(Context* context, const sim::v1::GetTruthRequest* request,
                  sim::v1::Truth* response) override;
  grpc::ServerWriteReactor<sim::v1::Truth>* WatchTruth(
      Context* context, const sim::v1::WatchTruthRequest* request) override;

  Unary* SetJoint(Context* context, const sim::v1::SetJointRequest* request, Response*) override;
  Unary* Block(Context* context, const sim::v1::BlockRequest* request, Response*) override;
  Unary* SetLoad(Context* context, const sim::v1::SetLoadRequest* request, Response*) override;
  Unary* SetTemperature(Context* context, const sim::v1::SetTemperatureRequest* request,
                        Response*) override;
  Unary* SetSupply(Context* context, const sim::v1::SetSupplyRequest* request, Response*) override;
  Unary* BrownOut(Context* context, const sim::v1::BrownOutRequest* request, Response*) override;
  Unary* PowerCycle(Context* context, const sim::v1::PowerCycleRequest* request,
                    Response*) override;
  Unary* SetStatusBits(Context* context, const sim::v1::SetStatusBitsRequest* request,
                       Response*) override;

  Unary* Mute(Context* context, const sim::v1::MuteRequest* request, Response*) override;
  Unary* DropReply(Context* context, const sim::v1::DropReplyRequest* request, Response*) override;
  Unary* Corrupt(Context* context, const sim::v1::CorruptRequest* request, Response*) override;
  Unary* Truncate(Context* context, const sim::v1::TruncateRequest* request, Response*) override;
  Unary* Delay(Context* context, const sim::v1::DelayRequest* request, Response*) override;
  Unary* Echo(Context* context, const sim::v1::EchoRequest* request, Response*) override;
  Unary* Batch(Context* context, const sim::v1::BatchRequest* request, Response*) override;

  Unary* Unplug(Context* context, const sim::v1::UnplugRequest* request, Response*) override;
  Unary* Replug(Context* context, const sim::v1::ReplugRequest* request, Response*) override;
  Unary* AttachServo(Context* context, const sim::v1::AttachServoRequest* request,
                     Response*) override;
  Unary* DetachServo(Context* context, const sim::v1::DetachServoRequest* request,
                     Response*) override;
  Unary* DuplicateId(Context* context, const sim::v1::DuplicateIdRequest* request,
                     Response*) override;

  Unary* ReadRegisters(Context* context, const sim::v1::ReadRegistersRequest* request,
                       sim::v1::ReadRegistersResponse* response) override;
  Unary* WriteRegisters(Context* context, const sim::v1::WriteRegistersRequest* request,
                        Response*) override;
  Unary* ReadByteLog(Context* context, const sim::v1::ReadByteLogRequest* request,
                     sim::v1::ReadByteLogResponse* response) override;
  Unary* ClearInjections(Context* context, const sim::v1::ClearInjectionsRequest* request,
                         Response*) override;
  Unary* Step(Context* context, const sim::v1::StepRequest* request, Response*) override;

 private:
  absl::StatusOr<sim::BusSimulation*> Find(const std::string& name) const;
  // Answers with what `work` returns, given the simulation that the request names.
  template <typename Request, typename Work>
  Unary* OnBus(Context* context, const Request& request, Work work);
  // The same, given the controls of the bus under its lock.
  template <typename Request, typename Work>
  Unary* Control(Context* context, const Request& request, Work work);

  const std::vector<SimBus> buses_;
  const Entrance entrance_;
  OpenStreams streams_;
};

}  // namespace soarm
