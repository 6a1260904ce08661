#include "server/service/clock/clock_service.h"

#include "server/service/clock/clock_sync.h"
#include "server/service/edge/admit.h"
#include "server/service/edge/errors.h"

namespace soarm {

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* ClockService::Sync(
    grpc::CallbackServerContext* context) {
  const absl::Status admitted =
      Walled([&] { return Admit(edge_, *context, *v1::ClockPing::descriptor()).status(); });
  return ClockSync::Start(edge_, admitted);
}

}  // namespace soarm
