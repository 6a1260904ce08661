// `first`: waits for a daemon that is about to start, and says when its first state with enough
// fresh joints arrived (P23). Start it before the daemon; it prints `waiting` when it is ready.

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>

#include <grpcpp/client_context.h>

#include "soarm/v1/state.grpc.pb.h"
#include "tests/perf/client/channel.h"
#include "tests/perf/realtime.h"

namespace soarm::perf {
namespace {

int FreshJoints(const v1::StateFrame& frame) {
  int fresh = 0;
  for (const v1::GroupState& group : frame.groups()) {
    for (const v1::JointState& joint : group.joints()) {
      // A joint that was never read says position 0 and no voltage.
      if (!joint.stale() && joint.position_raw() != 0) ++fresh;
    }
  }
  return fresh;
}

}  // namespace

int First(const Arguments& arguments) {
  const std::string address = arguments.Plain(0);
  const int wanted = static_cast<int>(arguments.Number("joints", 6));
  const std::int64_t deadline =
      MonotonicNs() + static_cast<std::int64_t>(arguments.Number("timeout", 10) * 1e9);
  const std::string path = address.starts_with("unix:") ? address.substr(5) : "";
  std::puts("waiting");
  std::fflush(stdout);
  while (!path.empty() && !std::filesystem::exists(path) && MonotonicNs() < deadline) {
    SleepUntilNs(MonotonicNs() + 500'000);
  }
  const auto stub = v1::StateService::NewStub(Connect(address));
  while (MonotonicNs() < deadline) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(1));
    v1::WatchStateRequest request;
    request.set_rate_hz(200);
    const auto stream = stub->WatchState(&context, request);
    v1::StateFrame frame;
    while (stream->Read(&frame)) {
      if (FreshJoints(frame) >= wanted) {
        std::printf("{\"first_ns\":%lld}\n", static_cast<long long>(MonotonicNs()));
        context.TryCancel();
        return 0;
      }
    }
    stream->Finish();
  }
  std::fputs("no state in time\n", stderr);
  return 1;
}

}  // namespace soarm::perf
