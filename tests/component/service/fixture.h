#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include "server/config/client_book.h"
#include "server/config/pose_book.h"
#include "server/front/front_door.h"
#include "server/service/server.h"
#include "soarm/v1/error.pb.h"
#include "tests/fakes/fake_audit.h"
#include "tests/fakes/fake_pairing.h"
#include "tests/fakes/fake_remote_callers.h"
#include "tests/fakes/fake_robot.h"

namespace soarm {

// A clock that a test advances; starts well after the epoch, which means "never" in samples.
class HandClock final : public Clock {
 public:
  MonoTime Now() const noexcept override { return FromNanos(now_ns_.load()); }
  void SleepUntil(MonoTime deadline) noexcept override { now_ns_ = ToNanos(deadline); }
  SleepSpan Suspended() const noexcept override {
    const Nanos slept(suspended_ns_.load());
    return {slept, slept};
  }
  void Advance(Nanos by) { now_ns_ += by.count(); }
  void Suspend(Nanos by) { suspended_ns_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_ns_{1'000'000'000'000};
  std::atomic<std::int64_t> suspended_ns_{0};
};

// A folder for one test's sockets, removed with all it holds.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  std::string Path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// Where and how a test serves.
struct ServingOptions {
  std::vector<std::string> listen;
  ConnectionLimits limits;
  DaemonIdentity identity;
};

// A server and the front door before it.
struct ServedDoor {
  CallerTable callers;
  std::unique_ptr<FrontDoor> door;
  std::unique_ptr<RpcServer> server;

  std::vector<std::string> addresses() const { return door->addresses(); }
  std::shared_ptr<grpc::Channel> InProcessChannel() const { return server->InProcessChannel(); }
  void Shutdown() const { server->Shutdown(); }
};
absl::StatusOr<std::unique_ptr<ServedDoor>> Serve(
    RpcPorts ports, const ServingOptions& options,
    const std::vector<grpc::Service*>& extra_services = {});

// What a server works on besides poses that a test makes itself.
struct PortsButPoses {
  RpcPorts With(PoseStore& poses) {
    return {robot, poses, clients, pairing, remote, audit, clock, nullptr};
  }

  HandClock clock;
  FakeRobot robot{clock};
  ClientBook clients{""};  // in memory
  FakePairing pairing;
  FakeRemoteCallers remote;
  FakeAudit audit;
};

// The server over a fake robot, reached in-process.
class ServedRobot {
 public:
  explicit ServedRobot(const std::vector<std::string>& models = {"so101"},
                       const ServingOptions& options = {}, std::vector<NamedPose> configured = {});
  ~ServedRobot();

  // What the server itself listens with, besides one for each watching client.
  static constexpr std::size_t kOwnListeners = 1;

  HandClock clock;
  FakeRobot robot;
  std::unique_ptr<PoseBook> poses;  // in memory
  ClientBook clients{""};           // in memory
  FakePairing pairing;
  FakeRemoteCallers remote;
  FakeAudit audit;
  RpcPorts ports() { return {robot, *poses, clients, pairing, remote, audit, clock, nullptr}; }
  std::unique_ptr<ServedDoor> server;
  std::shared_ptr<grpc::Channel> channel;
};

// The ErrorDetail in `status`'s envelope, decoded from the raw bytes; fails the test when the
// envelope does not repeat the status or holds anything else.
v1::ErrorDetail DetailOf(const grpc::Status& status);

// Sends `bytes` as the request of `method` ("/soarm.v1.StateService/GetState").
grpc::Status CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                     const std::string& bytes);

// A connection to the server's Unix socket at `path` as the front door makes it of one by TLS: its
// own end has a name, and nobody else's can have it.
std::shared_ptr<grpc::Channel> ConnectFrom(const std::string& name, const std::string& path);

// A context whose call ends after 20 s rather than hang the test.
std::unique_ptr<grpc::ClientContext> Patiently();

}  // namespace soarm
