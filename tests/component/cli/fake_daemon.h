#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "soarm/v1/error.pb.h"
#include "soarm/v1/lease.pb.h"
#include "soarm/v1/motion.pb.h"
#include "soarm/v1/robot.pb.h"
#include "soarm/v1/safety.pb.h"
#include "soarm/v1/state.pb.h"

namespace soarm::test {

// A daemon that answers by script: one so101 named "arm", torque on. It listens at a Unix socket
// in a folder of its own and records what was asked.
//
// Threads  set the script before the first call; recordings may be read at any time.
class FakeDaemon {
 public:
  struct Script {
    v1::RobotDescription description;
    v1::StateFrame state;
    v1::SafetyState safety;
    // An error per method name ("EnableTorque"), with its gRPC code.
    std::map<std::string, std::pair<int, v1::ErrorDetail>> errors;
    // Called for every call, with its method's name.
    std::function<void(const std::string& method)> on_call;
    // Called when a move or a command stream has begun; the move then waits to be cancelled.
    std::function<void()> on_move;
    std::optional<double> move_speed_scale;  // as told with the progress of a move
    // Called after the first frame of a watch, and before the next.
    std::function<void()> on_first_state;
    std::function<void(int frames)> on_command;
    std::uint64_t verdicts_lost = 0;
    std::uint64_t connections_full = 0;
    // Of every command; has no error unless it is set.
    v1::ErrorDetail verdict_error;
    std::chrono::nanoseconds wall_ahead{0};  // of its time of day
    bool hangs = false;                      // no unary call is answered before its client gives up
    std::string poison;                      // appended to every text that is sent
  };

  FakeDaemon();
  explicit FakeDaemon(Script script);
  ~FakeDaemon();
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  // "unix:PATH"
  std::string address() const { return "unix:" + socket_; }
  const std::string& folder() const { return folder_; }

  // Opens the stop socket; `reply` empty: receives and stays silent.
  void OpenStopSocket(const std::string& reply);

  std::vector<std::string> calls() const;  // method names in order
  std::vector<std::string> stop_messages() const;
  v1::MoveToRequest last_move() const;
  v1::AcquireLeaseRequest last_acquire() const;
  v1::StopRequest last_stop() const;
  v1::ClearFaultRequest last_clear_fault() const;
  std::vector<std::string> cleared() const;  // the ids that were asked for
  std::vector<v1::CommandFrame> frames() const;
  bool stream_half_closed() const;  // the client said that no more commands come

  static v1::RobotDescription OneArm();
  static v1::StateFrame AtRest();

 private:
  class Services;
  friend class Services;

  std::string folder_;
  std::string socket_;
  mutable std::mutex mutex_;
  std::vector<std::string> calls_;  // guarded by mutex_, like all below
  std::vector<std::string> stop_messages_;
  v1::MoveToRequest last_move_;
  v1::AcquireLeaseRequest last_acquire_;
  v1::StopRequest last_stop_;
  v1::ClearFaultRequest last_clear_fault_;
  std::vector<std::string> cleared_;
  std::vector<v1::CommandFrame> frames_;
  bool half_closed_ = false;

  std::unique_ptr<Services> services_;
  int stop_fd_ = -1;
  std::jthread stop_thread_;
};

}  // namespace soarm::test
