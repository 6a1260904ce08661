#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include <grpcpp/alarm.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "server/service/edge/caller.h"
#include "server/service/edge/edge.h"
#include "server/service/motion/beat_log.h"
#include "server/service/motion/verdict_notes.h"
#include "server/service/motion/verdict_queue.h"
#include "soarm/v1/motion.pb.h"

namespace soarm {

// One StreamCommands call.
//
//   ends by                       the robot's stream closes   verdicts still unsent
//   client closes its side        after the last verdict, or  are sent
//                                 30 ms later
//   client cancels or vanishes    at once                     are dropped
//   lease lost                    is closed already           are sent, then the reason
//   shutdown                      at once                     are sent, then the reason
//
// Threads    frames and beats on gRPC's threads, verdicts on `pub`. CloseCommands() is never
//            called from a callback of the robot.
// Ownership  owned by gRPC until OnDone(); the robot's and the timers' callbacks hold weak
//            references.
class CommandStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                            public OpenStream,
                            public std::enable_shared_from_this<CommandStream> {
 public:
  explicit CommandStream(const Edge& edge) : edge_(edge), notes_(edge.robot) {}

  // For who was admitted as `caller`; or why not, and the stream is refused.
  static CommandStream* Start(const Edge& edge, const absl::StatusOr<Caller>& caller);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void End(const absl::Status& status) override;

 private:
  void RefuseStream(const absl::Status& why);
  absl::Status HandleBytes();
  absl::Status Handle(const v1::CommandFrame& frame);
  absl::Status CheckHeader(const v1::CommandFrame& frame);
  // After a frame that the robot never saw: why the stream has to end, if it has to.
  absl::Status CountBadFrame();
  std::optional<MonoTime> FreshFrom(const v1::CommandFrame& frame, MonoTime now);
  void CountJudged(const VerdictRecord& record);  // mutex_ held
  void Answer(const v1::Verdict& verdict);
  void OnVerdict(const VerdictRecord& record);
  void OnLeaseLost(const absl::Status& reason);
  void ScheduleBeat();
  void OnBeatDue();
  void PauseEarlyVerdicts();  // mutex_ held
  // Ends with `status` once the robot has judged what it was given.
  void Drain(const absl::Status& status);
  void Close();    // the robot's stream, once
  void Advance();  // mutex_ held: sends what is next, if nothing is in flight

  const Edge edge_;
  bool from_network_ = false;  // set before anything is read
  std::shared_ptr<CommandStream> self_;

  // Of the read reactions, which follow each other.
  grpc::ByteBuffer in_;
  std::optional<LeaseRef> lease_;
  std::uint64_t last_sequence_ = 0;
  std::optional<MonoTime> first_received_at_;
  std::int64_t without_beat_ = 0;  // frames so far

  std::mutex mutex_;          // guards what follows
  std::uint64_t stream_ = 0;  // the robot's; 0 once closed
  BeatLog beats_;
  VerdictNotes notes_;
  VerdictQueue verdicts_;
  std::int64_t unjudged_ = 0;  // commands that the robot was given and has no verdict for yet
  std::int64_t leaseless_in_row_ = 0;  // frames, bad ones and others, while no lease stood
  bool beat_due_ = true;
  bool paused_ = false;  // what no tick decided waits for more of its kind
  bool writing_ = false;
  bool finished_ = false;
  std::optional<absl::Status> outcome_;  // how to finish when everything is sent
  grpc::ByteBuffer out_;                 // the write in flight
  std::unique_ptr<grpc::Alarm> beat_alarm_;
  std::unique_ptr<grpc::Alarm> pause_alarm_;
  std::unique_ptr<grpc::Alarm> drain_alarm_;
};

}  // namespace soarm
