#pragma once

#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "common/time/clock.h"
#include "server/announce/announcer.h"
#include "server/app/notify.h"
#include "server/app/simulated_buses.h"
#include "server/app/state_lock.h"
#include "server/app/stop_socket.h"
#include "server/audit/audit_log.h"
#include "server/config/client_book.h"
#include "server/config/pose_book.h"
#include "server/config/settings.h"
#include "server/config/stop_file.h"
#include "server/front/caller_table.h"
#include "server/front/front_door.h"
#include "server/front/pairing_desk.h"
#include "server/front/upkeep.h"
#include "server/runtime/robot_runtime.h"
#include "server/service/server.h"
#include "server/sim_service/sim_service.h"

namespace soarm {

// The composition root: makes every part of the daemon and joins them. Its members are declared in
// the order in which they start; Shutdown() ends them in the written order of docs/threads.md.
//
// Threads  main.
class Daemon {
 public:
  // Listens first, then looks for hardware: clients can ask why there is no robot yet.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const Settings& settings);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  std::vector<std::string> addresses() const { return door_->addresses(); }
  const Robot& robot() const { return *robot_; }

  // Brings the joints into the configured end state, whatever clients do. False when that could not
  // be confirmed.
  bool Shutdown();
  // After Shutdown(): whether something of gRPC, of the disk's or of D-Bus's still runs. It and
  // what it uses are left behind, and the process must end without tidying up.
  bool has_left_behind() const { return left_behind_; }

 private:
  explicit Daemon(const Settings& settings);
  absl::Status Listen();
  absl::Status OpenStopSockets();
  void StartUpkeep();
  void StartAudit();
  Audit& audit();
  void Announce();

  const Settings settings_;
  MonotonicClock clock_;
  std::unique_ptr<StateLock> state_lock_;  // set before anything of the directory is read
  std::unique_ptr<PoseBook> poses_;
  std::unique_ptr<ClientBook> clients_;
  StopFile stops_;
  NoAudit no_audit_;
  std::unique_ptr<AuditLog> audit_log_;  // null: it cannot be kept
  std::unique_ptr<SimulatedBuses> simulated_;
  std::unique_ptr<RobotRuntime> robot_;
  CallerTable remote_;
  Announcer announcer_;
  std::unique_ptr<SimService> sim_service_;
  std::unique_ptr<FrontDoor> door_;
  std::unique_ptr<PairingDesk> pairing_;
  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<Upkeep> upkeep_;
  std::vector<std::shared_ptr<StopSocket>> stop_sockets_;
  bool left_behind_ = false;
};

// Runs until a signal ends it; the exit code.
int RunDaemon(const Settings& settings);

}  // namespace soarm
