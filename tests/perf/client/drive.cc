// `drive`: takes the lease, turns torque on and streams commands for one joint.
//
//   follow  swings the joint slowly, so that every tick has a new goal to write
//   steps   stands still, and at moments that have nothing to do with the tick steps by
//           --step ticks; prints when each step was handed to gRPC and its raw goal (P13)

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include <grpcpp/client_context.h>

#include "soarm/v1/lease.grpc.pb.h"
#include "soarm/v1/motion.grpc.pb.h"
#include "soarm/v1/state.grpc.pb.h"
#include "tests/perf/client/channel.h"
#include "tests/perf/realtime.h"

namespace soarm::perf {
namespace {

struct Stubs {
  explicit Stubs(const std::shared_ptr<grpc::Channel>& channel)
      : lease(v1::LeaseService::NewStub(channel)),
        motion(v1::MotionService::NewStub(channel)),
        state(v1::StateService::NewStub(channel)) {}
  std::unique_ptr<v1::LeaseService::Stub> lease;
  std::unique_ptr<v1::MotionService::Stub> motion;
  std::unique_ptr<v1::StateService::Stub> state;
};

bool Succeeded(const grpc::Status& status, const char* what) {
  if (!status.ok()) std::fprintf(stderr, "%s: %s\n", what, status.error_message().c_str());
  return status.ok();
}

bool Release(Stubs& stubs, const v1::LeaseRef& lease) {
  grpc::ClientContext releasing;
  v1::ReleaseLeaseRequest release;
  *release.mutable_lease() = lease;
  v1::ReleaseLeaseResponse released;
  return Succeeded(stubs.lease->ReleaseLease(&releasing, release, &released), "ReleaseLease");
}

// Turning torque on verifies every servo: on a busy machine that takes more than one try.
bool EnableTorque(Stubs& stubs, const v1::LeaseRef& lease) {
  constexpr int kTries = 5;
  for (int i = 0; i < kTries; ++i) {
    grpc::ClientContext enabling;
    v1::EnableTorqueRequest enable;
    *enable.mutable_lease() = lease;
    v1::EnableTorqueResponse enabled;
    if (Succeeded(stubs.motion->EnableTorque(&enabling, enable, &enabled), "EnableTorque")) {
      return true;
    }
  }
  return false;
}

bool TakeControl(Stubs& stubs, v1::LeaseRef& lease) {
  grpc::ClientContext acquiring;
  acquiring.set_wait_for_ready(true);
  acquiring.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  v1::AcquireLeaseRequest acquire;
  acquire.set_client_name("perf_client");
  acquire.mutable_ttl()->set_seconds(60);
  v1::AcquireLeaseResponse acquired;
  if (!Succeeded(stubs.lease->AcquireLease(&acquiring, acquire, &acquired), "AcquireLease")) {
    return false;
  }
  lease = acquired.lease();
  if (EnableTorque(stubs, lease)) return true;
  Release(stubs, lease);
  return false;
}

// Where the joint is now, in ticks; negative when it is not there.
int ReadPosition(Stubs& stubs, const std::string& joint) {
  grpc::ClientContext context;
  v1::StateFrame frame;
  if (!Succeeded(stubs.state->GetState(&context, {}, &frame), "GetState")) return -1;
  for (const v1::GroupState& group : frame.groups()) {
    for (const v1::JointState& state : group.joints()) {
      if (state.name() == joint)
        return state.applied_raw() > 0 ? state.applied_raw() : state.position_raw();
    }
  }
  return -1;
}

struct Heard {
  std::atomic<std::uint64_t> beat{0};
  std::atomic<long> applied{0};
  std::atomic<long> clipped{0};
  std::atomic<long> refused{0};
};

void Listen(grpc::ClientReaderWriter<v1::CommandFrame, v1::CommandEvent>& stream, Heard& heard) {
  v1::CommandEvent event;
  while (stream.Read(&event)) {
    if (event.has_beat()) heard.beat = event.beat().number();
    if (!event.has_verdict()) continue;
    const long count =
        static_cast<long>(event.verdict().last_seq() - event.verdict().first_seq() + 1);
    switch (event.verdict().kind()) {
      case v1::APPLIED:
        heard.applied += count;
        break;
      case v1::CLIPPED:
        heard.clipped += count;
        break;
      case v1::SUPERSEDED:
        break;
      default:
        heard.refused += count;
        break;
    }
  }
}

}  // namespace

int Drive(const Arguments& arguments) {
  Stubs stubs(Connect(arguments.Plain(0)));
  const bool steps = arguments.Text("mode", "follow") == "steps";
  const std::string joint = arguments.Text("joint", "wrist_roll");
  const double rate_hz = arguments.Number("rate", 100);
  const double seconds = arguments.Number("seconds", 3);
  const int step = static_cast<int>(arguments.Number("step", 40));

  v1::CommandFrame frame;
  if (!TakeControl(stubs, *frame.mutable_lease())) return 1;
  const int home = ReadPosition(stubs, joint);
  if (home < 0) return 1;
  grpc::ClientContext context;
  const auto stream = stubs.motion->StreamCommands(&context);
  Heard heard;
  std::thread listener([&stream, &heard] { Listen(*stream, heard); });

  std::mt19937 random(7);
  std::uniform_real_distribution<double> pause_s(0.15, 0.25);
  frame.mutable_ttl()->set_nanos(400'000'000);
  v1::JointTarget& target = *frame.mutable_joints()->add_targets();
  target.set_joint(joint);

  std::printf("{\"began_ns\":%lld,\"home_raw\":%d,\"steps\":[",
              static_cast<long long>(MonotonicNs()), home);
  const std::int64_t start = MonotonicNs();
  const std::int64_t end = start + static_cast<std::int64_t>(seconds * 1e9);
  const auto period = static_cast<std::int64_t>(1e9 / rate_hz);
  std::int64_t next_step = start + 500'000'000;
  bool away = false;
  const char* comma = "";
  std::uint64_t sequence = 0;
  for (std::int64_t next = start; next < end;) {
    const bool stepping = steps && next == next_step;
    if (stepping) {
      away = !away;
      next_step += static_cast<std::int64_t>(pause_s(random) * 1e9);
    }
    const double phase = static_cast<double>(next - start) * 1e-9;
    const int offset = steps
                           ? (away ? step : 0)
                           : static_cast<int>(std::lround(step * std::sin(2 * M_PI * 0.5 * phase)));
    SleepUntilNs(next);
    target.set_position_raw(home + offset);
    frame.set_seq(++sequence);
    frame.set_beat(heard.beat);
    const std::int64_t sent = MonotonicNs();
    if (!stream->Write(frame)) break;
    if (stepping) {
      std::printf("%s[%lld,%d]", comma, static_cast<long long>(sent), home + offset);
      comma = ",";
    }
    // Steps have moments of their own; between them the stream goes on at its rate.
    next = next + period;
    if (steps && next > next_step - period / 2) next = next_step;
  }
  stream->WritesDone();
  const std::int64_t stopped = MonotonicNs();
  context.TryCancel();
  listener.join();
  stream->Finish();
  std::printf(
      "],\"ended_ns\":%lld,\"sent\":%llu,\"applied\":%ld,\"clipped\":%ld,\"refused\":%ld}\n",
      static_cast<long long>(stopped), static_cast<unsigned long long>(sequence),
      heard.applied.load(), heard.clipped.load(), heard.refused.load());
  return Release(stubs, frame.lease()) ? 0 : 1;
}

}  // namespace soarm::perf
