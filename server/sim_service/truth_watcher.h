#pragma once

#include <mutex>

#include <grpcpp/alarm.h>
#include <grpcpp/support/server_callback.h>

#include "common/time/clock.h"
#include "server/service/edge/open_streams.h"
#include "server/sim/bus_simulation.h"
#include "soarm/sim/v1/sim.pb.h"

namespace soarm {

// One WatchTruth call: one write in flight, then a pause, then the truth of that moment. A slow
// client gets fewer messages, each as new as when it was written.
//
// Threads    reactions and the alarm on gRPC's.
// Ownership  owns itself: deleted by OnDone().
class TruthWatcher final : public grpc::ServerWriteReactor<sim::v1::Truth>, public OpenStream {
 public:
  TruthWatcher(sim::BusSimulation& simulation, OpenStreams& streams, Nanos period)
      : simulation_(simulation), streams_(streams), period_(period) {}

  // Sends the first message. Once, right after construction.
  void Start();

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void End(const absl::Status& status) override;

 private:
  enum class Step { kWriting, kWaiting, kFinished };

  void OnAlarm();
  void Send();                              // mutex_ held
  void Finish(const absl::Status& status);  // mutex_ held; the first one counts

  sim::BusSimulation& simulation_;
  OpenStreams& streams_;
  const Nanos period_;

  std::mutex mutex_;  // guards what follows
  Step step_ = Step::kWriting;
  absl::Status ended_;  // why; OK while it goes on
  MonoTime due_{};
  sim::v1::Truth out_;  // the write in flight
  grpc::Alarm alarm_;
};

}  // namespace soarm
