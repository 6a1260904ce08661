#include "server/service/health/health_service.h"

#include <mutex>
#include <optional>
#include <utility>

#include "common/base/clean_text.h"
#include "server/service/edge/answer.h"

namespace soarm {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

HealthCheckResponse::ServingStatus WireStatus(Health health) {
  switch (health) {
    case Health::kServing:
      return HealthCheckResponse::SERVING;
    case Health::kNotServing:
      return HealthCheckResponse::NOT_SERVING;
    case Health::kUnknownName:
      return HealthCheckResponse::SERVICE_UNKNOWN;
  }
  return HealthCheckResponse::UNKNOWN;
}

// One Watch call: writes at every change. Owns itself; threads as StateWatcher.
class HealthWatcher final : public grpc::ServerWriteReactor<HealthCheckResponse>,
                            public Robot::Listener,
                            public OpenStream {
 public:
  HealthWatcher(const Edge& edge, std::string name) : edge_(edge), name_(std::move(name)) {}

  void Start() {
    edge_.streams.Add(this);
    OnTick();
    edge_.robot.AddListener(this);
  }

  void OnTick() override {
    const std::lock_guard lock(mutex_);
    if (finished_ || writing_) return;
    const Health health = SubsystemHealth(edge_.robot, name_, edge_.clock.Now());
    if (sent_ == health) return;
    sent_ = health;
    writing_ = true;
    out_.set_status(WireStatus(health));
    StartWrite(&out_);
  }

  void OnWriteDone(bool ok) override {
    {
      const std::lock_guard lock(mutex_);
      writing_ = false;
    }
    if (ok) {
      OnTick();
    } else {
      End(absl::CancelledError("the client is gone"));
    }
  }

  void OnCancel() override { End(absl::CancelledError("the client cancelled")); }

  void OnDone() override {
    edge_.robot.RemoveListener(this);
    edge_.streams.Remove(this);
    delete this;
  }

  void End(const absl::Status& status) override {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(finished_, true)) Finish(ToGrpc(status));
  }

 private:
  const Edge edge_;
  const std::string name_;

  std::mutex mutex_;  // guards what follows
  std::optional<Health> sent_;
  bool writing_ = false;
  bool finished_ = false;
  HealthCheckResponse out_;  // the write in flight
};

}  // namespace

grpc::ServerUnaryReactor* HealthService::Check(grpc::CallbackServerContext* context,
                                               const HealthCheckRequest* request,
                                               HealthCheckResponse* response) {
  return Answer(edge_, context, *request, [&] {
    const Health health = SubsystemHealth(edge_.robot, request->service(), edge_.clock.Now());
    if (health == Health::kUnknownName) {
      return Refuse(absl::StatusCode::kNotFound, "UNKNOWN_SUBSYSTEM", "",
                    "There is no subsystem " + Shown(request->service()) + ".",
                    "Ask for \"\", \"control\" or \"bus/NAME\".");
    }
    response->set_status(WireStatus(health));
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<HealthCheckResponse>* HealthService::Watch(
    grpc::CallbackServerContext* context, const HealthCheckRequest* request) {
  HealthWatcher* watcher = nullptr;
  const absl::Status admitted = Admitted(edge_, *context, *request, [&] {
    watcher = new HealthWatcher(edge_, request->service());
    watcher->Start();
    return absl::OkStatus();
  });
  if (!admitted.ok()) return new RefusedStream<HealthCheckResponse>(admitted);
  return watcher;
}

}  // namespace soarm
