#include "server/service/state/state_service.h"

#include <cmath>
#include <memory>

#include "server/service/edge/answer.h"
#include "server/service/edge/groups.h"
#include "server/service/edge/malformed_request.h"
#include "server/service/edge/raw_message.h"
#include "server/service/state/state_frame.h"
#include "server/service/state/state_watcher.h"

namespace soarm {
namespace {

constexpr double kDefaultRateHz = 20;
constexpr double kSlowestRateHz = 0.01;

// 0: every tick.
absl::StatusOr<Nanos> PeriodOf(double rate_hz, double control_rate_hz) {
  if (rate_hz == 0) rate_hz = kDefaultRateHz;
  if (!std::isfinite(rate_hz) || rate_hz < kSlowestRateHz) {
    return Refuse(absl::StatusCode::kInvalidArgument, "BAD_RATE", "",
                  "The rate must be a number of at least 0.01 Hz, or 0 for the default of 20 Hz.",
                  "Ask for another rate_hz.");
  }
  if (control_rate_hz > 0 && rate_hz >= control_rate_hz) return Nanos(0);
  return Nanos(static_cast<std::int64_t>(1e9 / rate_hz));
}

}  // namespace

StateService::StateService(const Edge& edge)
    : edge_(edge), frames_(edge.robot, edge.clock, edge.clock_id) {}

grpc::ServerUnaryReactor* StateService::GetState(grpc::CallbackServerContext* context,
                                                 const v1::GetStateRequest* request,
                                                 v1::StateFrame* response) {
  return Answer(edge_, context, *request, [&] {
    const auto groups = SelectGroups(edge_.robot, request->group());
    if (!groups.ok()) return groups.status();
    *response = MakeStateFrame(edge_.robot, *groups, ReadRobot(edge_.robot, edge_.clock),
                               edge_.clock_id.Now());
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* StateService::WatchState(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  std::unique_ptr<StateWatcher> watcher;
  v1::WatchStateRequest wanted;
  const absl::Status status = Admitted(edge_, *context, wanted, [&] {
    if (!ParseBuffer(*request, wanted)) return Malformed("soarm.v1.WatchStateRequest");
    const auto groups = SelectGroups(edge_.robot, wanted.group());
    if (!groups.ok()) return groups.status();
    const auto period = PeriodOf(wanted.rate_hz(), edge_.robot.rate_hz());
    if (!period.ok()) return period.status();
    watcher = std::make_unique<StateWatcher>(edge_, frames_, wanted.group(), *groups, *period);
    return absl::OkStatus();
  });
  if (!status.ok()) return new RefusedStream<grpc::ByteBuffer>(status);
  watcher->Start();
  return watcher.release();  // deletes itself when the call is over
}

}  // namespace soarm
