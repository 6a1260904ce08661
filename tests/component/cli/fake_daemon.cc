#include "tests/component/cli/fake_daemon.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "soarm/sim/v1/sim.grpc.pb.h"
#include "soarm/v1/lease.grpc.pb.h"
#include "soarm/v1/motion.grpc.pb.h"
#include "soarm/v1/robot.grpc.pb.h"
#include "soarm/v1/safety.grpc.pb.h"
#include "soarm/v1/state.grpc.pb.h"
#include "tests/component/cli/fake_clock_service.h"
#include "tests/component/cli/fake_words.h"

namespace soarm::test {
namespace {

using grpc::ServerContext;
using grpc::Status;

}  // namespace

// Every service in one object: the generated bases differ in their method names only.
class FakeDaemon::Services final {
 public:
  Services(FakeDaemon& daemon, Script script)
      : daemon_(daemon),
        script_(std::move(script)),
        clock_(script_.wall_ahead, ErrorOf("Sync")),
        robot_(*this),
        state_(*this),
        motion_(*this),
        lease_(*this),
        safety_(*this),
        sim_(*this) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + daemon.socket_, grpc::InsecureServerCredentials());
    for (grpc::Service* service : std::initializer_list<grpc::Service*>{
             &clock_, &robot_, &state_, &motion_, &lease_, &safety_, &sim_}) {
      builder.RegisterService(service);
    }
    server_ = builder.BuildAndStart();
  }
  ~Services() { server_->Shutdown(std::chrono::system_clock::now()); }

 private:
  Status Answer(ServerContext* context, const char* method,
                google::protobuf::Message* response = nullptr) {
    if (response != nullptr && !script_.poison.empty()) AppendToTexts(*response, script_.poison);
    {
      const std::lock_guard lock(daemon_.mutex_);
      daemon_.calls_.emplace_back(method);
    }
    if (script_.on_call) script_.on_call(method);
    while (script_.hangs && !context->IsCancelled()) std::this_thread::yield();
    return ErrorOf(method);
  }
  Status ErrorOf(const char* method) const {
    const auto found = script_.errors.find(method);
    if (found == script_.errors.end()) return Status::OK;
    auto error = found->second;
    if (!script_.poison.empty()) AppendToTexts(error.second, script_.poison);
    return ToStatus(error);
  }

  struct Robot final : v1::RobotService::Service {
    explicit Robot(Services& services) : all(services) {}
    Status GetInfo(ServerContext* context, const v1::GetInfoRequest*,
                   v1::GetInfoResponse* response) override {
      response->set_version("9.9.9");
      response->set_host("pi");
      response->set_simulated(true);
      return all.Answer(context, "GetInfo", response);
    }
    Status GetDescription(ServerContext* context, const v1::GetDescriptionRequest*,
                          v1::RobotDescription* response) override {
      *response = all.script_.description;
      return all.Answer(context, "GetDescription", response);
    }
    Status GetStatus(ServerContext* context, const v1::GetStatusRequest*,
                     v1::StatusResponse* response) override {
      v1::BusStatus& bus = *response->add_buses();
      bus.set_name("arm");
      bus.set_open(true);
      bus.set_measured_rate_hz(200.0);
      if (!all.script_.poison.empty()) {
        bus.mutable_error()->set_message("It is away.");
        bus.mutable_error()->set_fix("Plug it in.");
        response->add_faults()->set_message("It is hot.");
        response->mutable_faults(0)->set_fix("Let it cool.");
      }
      response->set_verdicts_lost(all.script_.verdicts_lost);
      response->mutable_connections()->set_full(all.script_.connections_full);
      return all.Answer(context, "GetStatus", response);
    }
    Services& all;
  };

  struct State final : v1::StateService::Service {
    explicit State(Services& services) : all(services) {}
    Status GetState(ServerContext* context, const v1::GetStateRequest*,
                    v1::StateFrame* response) override {
      *response = all.script_.state;
      return all.Answer(context, "GetState", response);
    }
    Status WatchState(ServerContext* context, const v1::WatchStateRequest*,
                      grpc::ServerWriter<v1::StateFrame>* writer) override {
      const Status status = all.Answer(context, "WatchState");
      v1::StateFrame frame = all.script_.state;
      if (!all.script_.poison.empty()) AppendToTexts(frame, all.script_.poison);
      while (status.ok() && !context->IsCancelled() && writer->Write(frame)) {
        if (frame.seq() == 1 && all.script_.on_first_state) all.script_.on_first_state();
        frame.set_seq(frame.seq() + 1);
      }
      return status;
    }
    Services& all;
  };

  struct Motion final : v1::MotionService::Service {
    explicit Motion(Services& services) : all(services) {}
    Status EnableTorque(ServerContext* context, const v1::EnableTorqueRequest*,
                        v1::EnableTorqueResponse* response) override {
      return all.Answer(context, "EnableTorque", response);
    }
    Status ReleaseTorque(ServerContext* context, const v1::ReleaseTorqueRequest*,
                         v1::ReleaseTorqueResponse* response) override {
      return all.Answer(context, "ReleaseTorque", response);
    }
    Status MoveTo(ServerContext* context, const v1::MoveToRequest* request,
                  grpc::ServerWriter<v1::MoveToProgress>* writer) override {
      {
        const std::lock_guard lock(all.daemon_.mutex_);
        all.daemon_.last_move_ = *request;
      }
      const Status status = all.Answer(context, "MoveTo");
      if (!status.ok()) return status;
      v1::MoveToProgress progress;
      progress.set_fraction(0.5);
      if (all.script_.move_speed_scale) progress.set_speed_scale(*all.script_.move_speed_scale);
      writer->Write(progress);
      if (all.script_.on_move) {
        all.script_.on_move();
        while (!context->IsCancelled()) std::this_thread::yield();
        all.Answer(context, "MoveTo cancelled");
        return Status::CANCELLED;
      }
      progress.set_fraction(1.0);
      progress.set_done(true);
      writer->Write(progress);
      return Status::OK;
    }
    Status StreamCommands(
        ServerContext* context,
        grpc::ServerReaderWriter<v1::CommandEvent, v1::CommandFrame>* stream) override {
      Status status = all.Answer(context, "StreamCommands");
      if (!status.ok()) return status;
      v1::CommandEvent event;
      event.mutable_beat()->set_number(7);
      stream->Write(event);
      v1::CommandFrame frame;
      int count = 0;
      while (stream->Read(&frame)) {
        {
          const std::lock_guard lock(all.daemon_.mutex_);
          all.daemon_.frames_.push_back(frame);
        }
        event.mutable_verdict()->set_first_seq(frame.seq());
        event.mutable_verdict()->set_last_seq(frame.seq());
        event.mutable_verdict()->set_kind(v1::APPLIED);
        if (!all.script_.verdict_error.reason().empty()) {
          event.mutable_verdict()->set_kind(v1::FENCED);
          *event.mutable_verdict()->mutable_error() = all.script_.verdict_error;
        }
        if (!all.script_.poison.empty()) {
          event.mutable_verdict()->mutable_error()->set_message("Not so." + all.script_.poison);
        }
        stream->Write(event);
        if (all.script_.on_command) all.script_.on_command(++count);
      }
      const std::lock_guard lock(all.daemon_.mutex_);
      all.daemon_.half_closed_ = !context->IsCancelled();
      return Status::OK;
    }
    Services& all;
  };

  struct Leases final : v1::LeaseService::Service {
    explicit Leases(Services& services) : all(services) {}
    Status AcquireLease(ServerContext* context, const v1::AcquireLeaseRequest* request,
                        v1::AcquireLeaseResponse* response) override {
      {
        const std::lock_guard lock(all.daemon_.mutex_);
        all.daemon_.last_acquire_ = *request;
      }
      response->mutable_lease()->set_epoch(11);
      response->mutable_lease()->set_fence(12);
      response->mutable_lease()->set_token("secret");
      *response->mutable_granted_ttl() = request->ttl();
      *response->mutable_groups() = request->groups();
      return all.Answer(context, "AcquireLease", response);
    }
    Status RenewLease(ServerContext* context, const v1::RenewLeaseRequest*,
                      v1::RenewLeaseResponse* response) override {
      response->mutable_granted_ttl()->set_seconds(2);
      return all.Answer(context, "RenewLease", response);
    }
    Status ReleaseLease(ServerContext* context, const v1::ReleaseLeaseRequest* request,
                        v1::ReleaseLeaseResponse* response) override {
      const bool right = request->lease().token() == "secret" && request->lease().epoch() == 11;
      return all.Answer(context, right ? "ReleaseLease" : "ReleaseLease of another", response);
    }
    Status ListLeases(ServerContext* context, const v1::ListLeasesRequest*,
                      v1::ListLeasesResponse* response) override {
      v1::LeaseInfo& lease = *response->add_leases();
      lease.add_groups("arm");
      lease.set_client_name("ann@laptop");
      lease.set_lease_class(v1::TELEOP);
      v1::LeaseInfo& watcher = *response->add_leases();
      watcher.add_groups("arm");
      watcher.set_client_name("bob@desk");
      watcher.set_lease_class(v1::OBSERVER);
      return all.Answer(context, "ListLeases", response);
    }
    Services& all;
  };

  struct Safety final : v1::SafetyService::Service {
    explicit Safety(Services& services) : all(services) {}
    Status Stop(ServerContext* context, const v1::StopRequest* request,
                v1::StopResponse* response) override {
      {
        const std::lock_guard lock(all.daemon_.mutex_);
        all.daemon_.last_stop_ = *request;
      }
      response->set_stop_id("rpc-1");
      response->add_notes("noted");
      return all.Answer(context, "Stop", response);
    }
    Status Clear(ServerContext* context, const v1::ClearRequest* request,
                 v1::ClearResponse* response) override {
      {
        const std::lock_guard lock(all.daemon_.mutex_);
        all.daemon_.cleared_.push_back(request->stop_id());
      }
      response->add_cleared(request->stop_id());
      return all.Answer(context, "Clear", response);
    }
    Status ClearFault(ServerContext* context, const v1::ClearFaultRequest* request,
                      v1::ClearFaultResponse* response) override {
      {
        const std::lock_guard lock(all.daemon_.mutex_);
        all.daemon_.last_clear_fault_ = *request;
      }
      return all.Answer(context, "ClearFault", response);
    }
    Status GetSafety(ServerContext* context, const v1::GetSafetyRequest*,
                     v1::SafetyState* response) override {
      *response = all.script_.safety;
      if (!all.script_.poison.empty()) response->add_stops()->set_reason("smoke");
      return all.Answer(context, "GetSafety", response);
    }
    Services& all;
  };

  struct Sim final : sim::v1::SimService::Service {
    explicit Sim(Services& services) : all(services) {}
    Status Delay(ServerContext* context, const sim::v1::DelayRequest* request,
                 sim::v1::SimResponse* response) override {
      const bool right = request->servo() == 3 && request->by().nanos() == 20'000'000;
      return all.Answer(context, right ? "Delay" : "Delay of another", response);
    }
    Status ReadRegisters(ServerContext* context, const sim::v1::ReadRegistersRequest*,
                         sim::v1::ReadRegistersResponse* response) override {
      response->set_values("\x01\xff");
      return all.Answer(context, "ReadRegisters", response);
    }
    Services& all;
  };

  FakeDaemon& daemon_;
  const Script script_;
  FakeClockService clock_;
  Robot robot_;
  State state_;
  Motion motion_;
  Leases lease_;
  Safety safety_;
  Sim sim_;
  std::unique_ptr<grpc::Server> server_;
};

FakeDaemon::FakeDaemon() : FakeDaemon(Script{}) {}

FakeDaemon::FakeDaemon(Script script) {
  std::string pattern = (std::filesystem::temp_directory_path() / "soarm-cli-XXXXXX").string();
  folder_ = ::mkdtemp(pattern.data());
  socket_ = folder_ + "/d.sock";
  if (script.description.groups().empty()) script.description = OneArm();
  if (script.state.groups().empty()) script.state = AtRest();
  services_ = std::make_unique<Services>(*this, std::move(script));
}

FakeDaemon::~FakeDaemon() {
  services_.reset();
  if (stop_thread_.joinable()) {
    stop_thread_.request_stop();
    stop_thread_.join();
  }
  if (stop_fd_ >= 0) ::close(stop_fd_);
  std::filesystem::remove_all(folder_);
}

void FakeDaemon::OpenStopSocket(const std::string& reply) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = socket_ + ".stop";
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  stop_fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (::bind(stop_fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
  stop_thread_ = std::jthread([this, reply](const std::stop_token& done) {
    while (!done.stop_requested()) {
      pollfd wait{.fd = stop_fd_, .events = POLLIN, .revents = 0};
      if (::poll(&wait, 1, 20) <= 0) continue;
      char buffer[512];
      sockaddr_un from{};
      socklen_t size = sizeof from;
      const ssize_t got =
          ::recvfrom(stop_fd_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 0) continue;
      const std::lock_guard lock(mutex_);
      stop_messages_.emplace_back(buffer, static_cast<std::size_t>(got));
      if (!reply.empty()) {
        ::sendto(stop_fd_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
      }
    }
  });
}

std::vector<std::string> FakeDaemon::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}
std::vector<std::string> FakeDaemon::stop_messages() const {
  const std::lock_guard lock(mutex_);
  return stop_messages_;
}
v1::MoveToRequest FakeDaemon::last_move() const {
  const std::lock_guard lock(mutex_);
  return last_move_;
}
v1::AcquireLeaseRequest FakeDaemon::last_acquire() const {
  const std::lock_guard lock(mutex_);
  return last_acquire_;
}
v1::ClearFaultRequest FakeDaemon::last_clear_fault() const {
  const std::lock_guard lock(mutex_);
  return last_clear_fault_;
}
std::vector<std::string> FakeDaemon::cleared() const {
  const std::lock_guard lock(mutex_);
  return cleared_;
}
v1::StopRequest FakeDaemon::last_stop() const {
  const std::lock_guard lock(mutex_);
  return last_stop_;
}
std::vector<v1::CommandFrame> FakeDaemon::frames() const {
  const std::lock_guard lock(mutex_);
  return frames_;
}
bool FakeDaemon::stream_half_closed() const {
  const std::lock_guard lock(mutex_);
  return half_closed_;
}

}  // namespace soarm::test
