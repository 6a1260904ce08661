#include "server/app/daemon.h"

#include <chrono>
#include <cstdlib>
#include <optional>
#include <utility>
#include <variant>

#include <unistd.h>

#include "common/base/atomic_file.h"
#include "common/base/listen_address.h"
#include "common/base/problem.h"
#include "common/log/log.h"
#include "common/version/version.h"
#include "server/app/aside.h"
#include "server/app/bus_setup.h"
#include "server/app/file_limit.h"
#include "server/app/shutdown_budget.h"
#include "server/app/signals.h"
#include "server/app/startup_pages.h"
#include "server/front/tls_identity.h"

namespace soarm {
namespace {

// In the state directory.
constexpr char kStopFile[] = "/stops.toml";
constexpr char kPoseFile[] = "/poses.toml";
constexpr char kClientFile[] = "/clients.toml";
constexpr char kKeyFolder[] = "/tls";
constexpr char kAuditFile[] = "/audit.log";
// Three times that and a listener that answers nobody is opened anew.
constexpr std::chrono::seconds kUpkeepEvery(5);
// For what is to be read on stderr at the end; whoever does not read it holds up nothing more.
constexpr auto kFlushPatience =
    std::chrono::duration_cast<std::chrono::milliseconds>(kShutdown.log);

std::string HostName() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "robot";
}

ServiceOptions ServiceOptionsOf(bool simulated) {
  ServiceOptions options;
  const std::string_view version = Version();
  const std::size_t plus = version.find('+');
  options.identity.version = version.substr(0, plus);
  if (plus != std::string_view::npos) options.identity.revision = version.substr(plus + 1);
  options.identity.simulated = simulated;
  options.shutdown_grace = kShutdown.rpc / 2;
  return options;
}

int Fail(const absl::Status& status) {
  const Problem problem = ProblemOf(status);
  PrintLine("soarmd: " + problem.message + " " + problem.fix);
  FlushLog(kFlushPatience);
  return 1;
}

// As what listens for gRPC is: whoever cleans up a folder takes no stop away for good.
// `told`: that one could not be made again, which is said once.
void RenewStopSockets(const std::vector<std::shared_ptr<StopSocket>>& sockets, bool& told) {
  const auto log = ComponentLog("stop");
  for (const auto& socket : sockets) {
    const absl::StatusOr<bool> renewed = socket->Renew();
    if (!renewed.ok()) {
      if (!std::exchange(told, true)) {
        log->error("the stop socket is gone: {}", ToStd(renewed.status().message()));
      }
    } else if (*renewed) {
      log->warn("{} was gone, and is there again", socket->path());
      told = false;
    }
  }
}

void PrintReady(const std::vector<std::string>& addresses) {
  std::string line = "soarmd ready";
  for (const std::string& address : addresses) line += " listen=" + address;
  PrintLine(line);
}

}  // namespace

Daemon::Daemon(const Settings& settings)
    : settings_(settings),
      stops_(settings.state_dir + kStopFile, [this] { return state_lock_->Renew(); }) {}

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const Settings& settings) {
  std::unique_ptr<Daemon> daemon(new Daemon(settings));
  // Before anything of it is read: another daemon may be about to write it.
  auto lock = StateLock::Take(settings.state_dir);
  if (!lock.ok()) return lock.status();
  daemon->state_lock_ = *std::move(lock);
  if (daemon->state_lock_->is_held()) {
    for (const char* file : {kStopFile, kPoseFile, kClientFile})
      RemoveDrafts(settings.state_dir + file);
    TlsIdentity::RemoveLeavings(settings.state_dir + kKeyFolder);
  }
  const auto may_write = [lock = daemon->state_lock_.get()] { return lock->Renew(); };
  daemon->poses_ =
      std::make_unique<PoseBook>(settings.state_dir + kPoseFile, settings.poses, may_write);
  daemon->clients_ = std::make_unique<ClientBook>(settings.state_dir + kClientFile, may_write);
  // No reason to leave the robot to itself.
  if (const absl::Status& bad = daemon->poses_->unreadable(); !bad.ok()) {
    const Problem problem = ProblemOf(bad);
    ComponentLog("soarmd")->error("no saved pose is known: {} {}", problem.message, problem.fix);
  }
  if (const absl::Status& bad = daemon->clients_->unreadable(); !bad.ok()) {
    const Problem problem = ProblemOf(bad);
    ComponentLog("soarmd")->error("no paired client is known: {} {}", problem.message, problem.fix);
  }
  daemon->StartAudit();
  auto simulated = SimulatedBuses::Open(settings);
  if (!simulated.ok()) return simulated.status();
  daemon->simulated_ = *std::move(simulated);
  daemon->robot_ = std::make_unique<RobotRuntime>(
      MakeBuses(settings, *daemon->simulated_, daemon->clock_), settings.control, daemon->clock_,
      &daemon->stops_, &daemon->audit());
  // From here on calls may come, which wait for no disk.
  daemon->robot_->StartKeeping();
  // Listening comes first: it also finds out whether another daemon runs here already.
  if (const absl::Status status = daemon->Listen(); !status.ok()) return status;
  if (const absl::Status status = daemon->OpenStopSockets(); !status.ok()) return status;
  daemon->StartUpkeep();
  if (const absl::Status status = daemon->robot_->Start(); !status.ok()) return status;
  return daemon;
}

absl::Status Daemon::Listen() {
  std::vector<grpc::Service*> extra;
  if (!simulated_->empty()) {
    sim_service_ =
        std::make_unique<SimService>(simulated_->buses(), Entrance{*clients_, remote_, audit()});
    extra.push_back(sim_service_.get());
  }
  // First: it also finds out whether another daemon listens there.
  auto door = FrontDoor::Bind(settings_.listen, ConnectionLimits::For(RaiseFileLimit()), *clients_,
                              remote_);
  if (!door.ok()) return door.status();
  door_ = *std::move(door);
  if (settings_.announce) door_->WhenTlsOpens([this] { Announce(); });
  PairingOptions pairing{.folder = settings_.state_dir + kKeyFolder,
                         .robot = HostName(),
                         .port = settings_.pairing_port};
  pairing.may_write = [lock = state_lock_.get()] { return lock->Renew(); };
  pairing.audit = &audit();
  pairing_ = std::make_unique<PairingDesk>(std::move(pairing), *door_, *clients_);
  auto server = RpcServer::Start(
      {*robot_, *poses_, *clients_, *pairing_, remote_, audit(), clock_, door_.get()},
      ServiceOptionsOf(!simulated_->empty()), extra);
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  // Whoever is on this computer gets in without it, and may mend it.
  if (const absl::Status closed = pairing_->Start(); !closed.ok()) {
    const Problem problem = ProblemOf(closed);
    ComponentLog("soarmd")->error("no other machine gets in: {} {}", problem.message, problem.fix);
  }
  return absl::OkStatus();
}

void Daemon::StartUpkeep() {
  upkeep_ = std::make_unique<Upkeep>(
      kUpkeepEvery,
      std::vector<std::function<void()>>{
          // A copy: at the end, one that hangs must find what it has in its hands.
          [sockets = stop_sockets_, told = false]() mutable { RenewStopSockets(sockets, told); },
          [this] { door_->CheckListeners(); }, [this] { pairing_->Renew(); },
          [this] {
            robot_->ListLeases();  // notes which have run out
            if (audit_log_ != nullptr) audit_log_->Settle();
          }});
}

// A robot of whose doings nothing can be written down still is to be driven.
void Daemon::StartAudit() {
  if (!state_lock_->is_held()) return;
  auto log = AuditLog::Open(settings_.state_dir + kAuditFile, clock_);
  if (log.ok()) {
    audit_log_ = *std::move(log);
    audit_log_->Note({.who = "soarmd",
                      .what = "start",
                      .facts = {{"version", std::string(Version())}},
                      .grave = true});
  } else {
    const Problem problem = ProblemOf(log.status());
    ComponentLog("audit")->error("{} {}", problem.message, problem.fix);
  }
}

Audit& Daemon::audit() {
  if (audit_log_ != nullptr) return *audit_log_;
  return no_audit_;
}

void Daemon::Announce() {
  for (const std::string& text : addresses()) {
    const auto read = ParseListenAddress(text);
    const auto* address = std::get_if<ListenAddress>(&read);
    if (address == nullptr || !IsForOthers(*address)) continue;
    return announcer_.Announce({.robot = HostName(),
                                .address = *address,
                                .version = std::string(Version()),
                                .fingerprint = door_->fingerprint()});
  }
}

absl::Status Daemon::OpenStopSockets() {
  for (const std::string& address : addresses()) {
    if (!address.starts_with(kUnixPrefix)) continue;
    const std::string path = address.substr(kUnixPrefix.size()) + std::string(kStopSuffix);
    const auto log = ComponentLog("stop");
    auto socket = StopSocket::Open(path, [this, log](const StopMessage& message) {
      const StopAnswer stop = robot_->Stop({}, message.level, message.reason, "stop socket");
      log->warn("stop {} by socket: {}", StopLevelName(message.level), message.reason);
      return StopSocket::Asserted{stop.id, robot_->LookAtStop()};
    });
    if (!socket.ok()) return socket.status();
    stop_sockets_.push_back(*std::move(socket));
  }
  return absl::OkStatus();
}

Daemon::~Daemon() { Shutdown(); }

bool Daemon::Shutdown() {
  announcer_.EndSoon();
  std::optional<Aside> rpc_end;
  if (server_ != nullptr) {
    rpc_end.emplace([this, server = server_.get(), sim = sim_service_.get()] {
      upkeep_ = nullptr;  // first: it asks the door, which ends with the server
      if (sim != nullptr) sim->EndStreams();
      server->Shutdown();
    });
    // The robot's own end is due then, however many clients are in the way of gRPC's, which waits
    // for them in ways that no deadline of its own cuts short.
    rpc_end->WaitFor(kShutdown.rpc);
  }
  stop_sockets_.clear();
  bool confirmed = true;
  if (robot_ != nullptr) {
    confirmed = robot_->Stop(settings_.control.end_state, kShutdown.end_state, kShutdown.disk);
    for (const std::string& joint : robot_->not_reached()) {
      ComponentLog("soarmd")->error("{} was not reached: cut the supply", joint);
    }
  }
  const bool rpc_hangs = rpc_end && !rpc_end->WaitFor(kShutdown.rpc_rest);
  if (rpc_hangs || (robot_ != nullptr && robot_->disk_hangs())) {
    left_behind_ = true;
    // What its threads still use stays until the process is gone.
    [[maybe_unused]] const auto* upkeep = upkeep_.release();
    [[maybe_unused]] const auto* audit = audit_log_.release();
    [[maybe_unused]] const auto* server = server_.release();
    [[maybe_unused]] const auto* pairing = pairing_.release();
    [[maybe_unused]] const auto* door = door_.release();
    [[maybe_unused]] const auto* robot = robot_.release();
    [[maybe_unused]] const auto* sim_service = sim_service_.release();
    [[maybe_unused]] const auto* simulated = simulated_.release();
  }
  server_ = nullptr;
  pairing_ = nullptr;
  door_ = nullptr;
  robot_ = nullptr;
  sim_service_ = nullptr;
  simulated_ = nullptr;
  if (audit_log_ != nullptr) {
    audit_log_->SettleAll();  // so that the end is the last line
    audit_log_->Note({.who = "soarmd", .what = "end", .grave = true});
  }
  audit_log_ = nullptr;
  if (!announcer_.WaitForEnd(kShutdown.announce)) left_behind_ = true;
  return confirmed;
}

int RunDaemon(const Settings& settings) {
  const auto log = ComponentLog("soarmd");
  auto daemon = Daemon::Start(settings);
  if (!daemon.ok()) return Fail(daemon.status());
  ServiceManager manager((*daemon)->robot());
  manager.Ready();
  PrintReady((*daemon)->addresses());

  int signal = 0;
  bool started = false;
  while (signal == 0) {
    signal = WaitForEndSignal(manager.update_every());
    // Every control thread has locked memory by then.
    if (!started && (*daemon)->robot().memory_locked()) {
      ReleaseStartupPages();
      started = true;
    }
    if (signal == 0 && manager.Update()) log->info("{}", manager.status());
  }
  LimitShutdown(kLongestShutdown);  // first: nothing may come before the limit
  log->info("ended by signal {}", signal);
  manager.Stopping("ending");
  if (!(*daemon)->Shutdown()) {
    log->error("the end state could not be confirmed: check the robot before you touch it");
  }
  if ((*daemon)->has_left_behind()) {
    log->error(
        "gRPC did not end because of its clients, or the disk, D-Bus or Avahi does not answer: cut "
        "off. The robot's end is done");
    FlushLog(kFlushPatience);
    std::_Exit(0);
  }
  FlushLog(kFlushPatience);
  return 0;
}

}  // namespace soarm
