// Why so long: it is one table, of all that people can type.
#include "clients/tools/soarm/command_line.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

#include "clients/tools/soarm/command_tree.h"
#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/completion.h"
#include "clients/tools/soarm/json.h"
#include "clients/tools/soarm/stop_words.h"
#include "clients/tools/soarm/text.h"
#include "clients/tools/soarm/value_checks.h"
#include "common/base/clean_text.h"
#include "common/base/utf8.h"
#include "common/version/version.h"

namespace soarm::cli {
namespace {

constexpr std::size_t kLongestShown = 64;
constexpr char kServerHelp[] =
    "A paired robot's NAME; or of this computer unix:PATH or 127.0.0.1:PORT";
constexpr double kLongestMove_s = 600.0;  // the daemon's own limit
// As many beats as may be out fit onto a connection, which takes 256 calls.
constexpr Nanos kFastestBeat = std::chrono::milliseconds(5);
constexpr Nanos kSlowestBeat = std::chrono::seconds(1);

CLI::Validator Between(double least, double most, const std::string& unit = {}) {
  return {[=](const std::string& text) { return CheckNumber(text, least, most, unit); }, {}};
}

void RefuseEmptyWords(CLI::App& command) {
  for (CLI::Option* option : command.get_options()) {
    if (!option->nonpositional()) option->check(RefuseEmpty);
  }
  for (CLI::App* child : command.get_subcommands({})) {
    if (child->get_name() != "stop") RefuseEmptyWords(*child);
  }
}

// Declares the commands and remembers which one was chosen. Option values live in shared structs,
// because the chosen command runs after the parser is gone.
class Parser {
 public:
  Parser() : app_("Watch and drive a soarm robot.", "soarm") {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "soarm " + std::string(Version()));
    app_.footer(
        "TARGETs and units: soarm move --help.  The daemon is --server, else SOARM_SERVER, else "
        "the\n"
        "default socket, else 127.0.0.1:50251.\n"
        "Exit codes: 0 done, 1 failed, 2 usage, 3 daemon not reachable, 4 refused, 5 timed out,\n"
        "130 interrupted (143 by SIGTERM).");
    AddShared(app_);
    AddPreempt(app_);
    DeclareViews();
    DeclareMotion();
    DeclareSafety();
    DeclareLeases();
    DeclarePairing();
    DeclareSim();
    DeclareOwn();
    RefuseEmptyWords(app_);
  }

  std::variant<CommandLine, Advice> Parse(std::vector<std::string> arguments) {
    const bool json = std::ranges::count(arguments, "--json") > 0;
    const std::string command = CommandOf(arguments);
    const bool stopping = IsStop(command);
    if (stopping) slip_ = OptionWithoutValue(arguments);
    const std::string server = LastServer(arguments);
    if (!stopping && IsServerMissing(arguments)) {
      return Advice{.text = "--server names no daemon: it has no value",
                    .json_text = {},
                    .is_error = true,
                    .json = json};
    }
    const auto unreadable = std::ranges::find_if_not(arguments, IsUtf8);
    if (unreadable != arguments.end() && !stopping) {
      return Advice{.text = "\"" + CleanText(*unreadable, kLongestShown) + "\" is not UTF-8",
                    .json_text = {},
                    .is_error = true,
                    .json = json};
    }
    const std::vector<std::string> typed = arguments;
    std::ranges::reverse(arguments);  // CLI11 takes them from the back
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::CallForVersion& version) {
      if (stopping) return StopAnyway("--version", server, json);
      return Advice{.text = std::string(version.what()) + "\n",
                    .json_text = VersionJson(),
                    .is_error = false,
                    .json = json};
    } catch (const CLI::Success&) {
      const std::string help = app_.help();
      return Advice{.text = help,
                    .json_text = "{\"help\":" + JsonString(help) + "}\n",
                    .is_error = false,
                    .json = json};
    } catch (const CLI::ParseError& error) {
      if (stopping && slip_.empty()) slip_ = command == "stop" ? error.what() : command;
      if (stopping) return StopAnyway(slip_, server, json);
      std::string text = error.what();
      if (const std::string meant = MeantAsStop(command, typed); !meant.empty()) {
        text = "Nothing was stopped: there is no command \"" + CleanText(meant, kLongestShown) +
               "\". Did you mean: soarm stop";
      }
      return Advice{.text = std::move(text), .json_text = {}, .is_error = true, .json = json};
    }
    line_.server = server;
    return std::move(line_);
  }

 private:
  CommandLine StopAnyway(const std::string& why, const std::string& server, bool json) {
    StopOptions options;
    options.not_understood = why;
    line_.server = server;
    line_.json = json;
    line_.command = [options](Session& session) { return RunStop(session, options); };
    return std::move(line_);
  }

  void AddShared(CLI::App& command) {
    command.add_option("--server", line_.server, kServerHelp)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->type_name("NAME|ADDR");
    command.add_flag("--json", line_.json, "Print JSON instead of text");
  }
  void AddPreempt(CLI::App& command) {
    command.add_flag("--preempt", line_.preempt, "Take the lease from a holder of a lower class");
  }

  CLI::App& Declare(CLI::App& parent, const std::string& name, const std::string& help) {
    CLI::App& command = *parent.add_subcommand(name, help);
    AddShared(command);
    return command;
  }
  CLI::App& Declare(const std::string& name, const std::string& help) {
    return Declare(app_, name, help);
  }
  CLI::App& DeclareMoving(const std::string& name, const std::string& help) {
    CLI::App& command = Declare(name, help);
    AddPreempt(command);
    return command;
  }

  // `run` becomes the command when `command` is the one that was typed.
  void OnChosen(CLI::App& command, Command run) {
    command.final_callback([this, run = std::move(run)] { line_.command = run; });
  }

  void DeclareViews() {
    OnChosen(Declare("status", "How the daemon, its buses and groups are doing"), RunStatus);

    auto watch = std::make_shared<WatchOptions>();
    CLI::App& watching = Declare("watch", "Joints live, until interrupted");
    watching.add_option("GROUP", watch->group, "Only this group");
    watching.add_option("--rate", watch->rate_hz, "Updates per second")
        ->check(Between(0.1, 1000.0, " Hz"))
        ->capture_default_str();
    watching.add_option("--count", watch->count, "End after so many updates")
        ->check(CheckCount, "")
        ->type_name("N");
    OnChosen(watching, [watch](Session& session) { return RunWatch(session, *watch); });

    auto group = std::make_shared<std::string>();
    CLI::App& state = Declare("state", "Joints once");
    state.add_option("GROUP", *group, "Only this group");
    OnChosen(state, [group](Session& session) { return RunState(session, *group); });

    DeclarePing();

    OnChosen(Declare("info", "What the daemon is: version, host, addresses"), RunInfo);
    OnChosen(Declare("description", "What the robot is: groups, joints, limits"), RunDescription);
  }

  void DeclarePing() {
    struct Typed {
      unsigned count = 0;
      std::string every = "20ms";
    };
    auto typed = std::make_shared<Typed>();
    CLI::App& ping = Declare("ping", "Measure the link: round trips, gaps, what ttl it bears");
    ping.add_option("--count", typed->count, "End after so many beats; default: when interrupted")
        ->check(CheckCount, "")
        ->type_name("N");
    ping.add_option("--every", typed->every, "A beat every 5ms to 1s")
        ->check([](const std::string& text) { return CheckSpan(text, kFastestBeat, kSlowestBeat); })
        ->type_name("TIME")
        ->capture_default_str();
    OnChosen(ping, [typed](Session& session) {
      return RunPing(session, {.count = typed->count,
                               .every = ParseSpan(typed->every, false).value_or(kSlowestBeat)});
    });
  }

  void DeclareMotion() {
    struct Torque {
      std::string state;
      std::string group;
    };
    auto torque = std::make_shared<Torque>();
    CLI::App& torquing = DeclareMoving("torque", "Turn torque on or off");
    torquing.add_option("STATE", torque->state, "on or off (an arm that is up falls)")
        ->required()
        ->check(CLI::IsMember({"on", "off"}));
    torquing.add_option("GROUP", torque->group, "The group, when there are several arms");
    words_[&torquing] = {"on", "off"};
    OnChosen(torquing, [torque](Session& session) {
      return RunTorque(session, torque->state == "on", torque->group);
    });

    auto move = std::make_shared<MoveOptions>();
    CLI::App& moving = DeclareMoving("move", "Move joints and wait until they are there");
    moving
        .add_option("TARGET", move->targets,
                    "JOINT=30deg, JOINT=0.5rad, JOINT=2048raw, gripper=50%; JOINT=+10deg and "
                    "JOINT=+-10deg from where it is; GROUP/JOINT=…; or a pose name")
        ->required();
    moving.add_option("--duration", move->duration_s, "Take at least so many seconds")
        ->check(Between(0.0, kLongestMove_s, " s, the longest that a move may take"))
        ->type_name("S");
    moving.add_option("--speed", move->speed, "Fraction of the speed limits, default 0.5")
        ->check(Between(0.001, 1.0));
    OnChosen(moving, [move](Session& session) { return RunMove(session, *move); });

    auto group = std::make_shared<std::string>();
    CLI::App& jogging = DeclareMoving("jog", "Drive joints from the keyboard");
    jogging.add_option("GROUP", *group, "The group, when there are several arms");
    OnChosen(jogging, [group](Session& session) { return RunJog(session, *group); });

    auto parked = std::make_shared<std::string>();
    CLI::App& parking = DeclareMoving("park", "Move to the pose named park, and hold there");
    parking.add_option("GROUP", *parked, "The group, when there are several arms");
    OnChosen(parking, [parked](Session& session) { return RunPark(session, *parked); });
    DeclarePoses();
  }

  void DeclarePoses() {
    struct Choice {
      std::string name;
      std::string group;
    };
    CLI::App& pose = Declare("pose", "Poses with names, for `soarm move NAME`");
    pose.require_subcommand(1);

    auto listed = std::make_shared<std::string>();
    CLI::App& listing = Declare(pose, "list", "Poses, configured and saved");
    listing.add_option("GROUP", *listed, "Only this group's");
    OnChosen(listing, [listed](Session& session) { return RunPoseList(session, *listed); });

    const auto declare = [&](const char* name, const char* what, auto run) {
      auto choice = std::make_shared<Choice>();
      CLI::App& command = Declare(pose, name, what);
      command.add_option("NAME", choice->name, "Up to 31 of a-z, 0-9 and _")->required();
      command.add_option("GROUP", choice->group, "The group, when there are several arms");
      OnChosen(command, [choice, run](Session& session) {
        return run(session, choice->name, choice->group);
      });
    };
    declare("save", "Save where the arm is now", RunPoseSave);
    declare("delete", "Forget a saved pose", RunPoseDelete);
  }

  void DeclareSafety() {
    auto stop = std::make_shared<StopOptions>();
    CLI::App& stopping = Declare("stop", "Stop the robot; needs no lease");
    // Nothing typed after `stop` may keep it from stopping: it is looked at afterwards.
    CLI::Option* level =
        stopping.add_option("--level", stop->level, "hold, soft-hold or release (the arm falls)")
            ->expected(0, 1)
            ->type_name("LEVEL [hold]");
    values_[level] = {"hold", "soft-hold", "release"};
    stopping.add_option("--reason", stop->reason, "Shown to everybody")
        ->expected(0, 1)
        ->capture_default_str();
    stopping.add_option("WORD", stop->words, "e.g. now");
    stopping.allow_extras();
    stopping.final_callback([this, stop, &stopping] {
      stop->not_understood = slip_;
      if (slip_.empty() && stop->level.empty() && stopping.count("--level") > 0) {
        stop->not_understood = "--level without a value";
      }
      for (const std::string& extra : stopping.remaining()) stop->not_understood = extra;
      line_.command = [stop](Session& session) { return RunStop(session, *stop); };
    });

    auto id = std::make_shared<std::string>();
    CLI::App& clearing = Declare("clear", "Take stops back; nothing moves because of it");
    clearing.add_option("STOP_ID", *id, "Only this one; default: all that stand now");
    OnChosen(clearing, [id](Session& session) { return RunClear(session, *id); });

    auto joint = std::make_shared<std::string>();
    CLI::App& faults = DeclareMoving("clear-fault", "End latched faults once their cause is gone");
    faults.add_option("JOINT", *joint,
                      "JOINT, GROUP/JOINT or GROUP; default: all of the one arm there is");
    OnChosen(faults, [joint](Session& session) { return RunClearFault(session, *joint); });
  }

  void DeclarePairing() {
    CLI::App& pair = Declare("pair", "Let other machines drive the robot, by mutual TLS");
    pair.require_subcommand(1);

    auto open = std::make_shared<PairOpenOptions>();
    CLI::App& opening = Declare(pair, "open", "On the robot: print a join string, and wait");
    const std::vector<std::string> roles = {"viewer", "operator", "admin"};
    values_[opening.add_option("--role", open->role, "What whoever joins may do")
                ->check(CLI::IsMember(roles))
                ->capture_default_str()] = roles;
    opening.add_option("--minutes", open->minutes, "How long the string is good, 0.2 to 60")
        ->check(Between(0.2, 60.0, " min"))
        ->capture_default_str();
    OnChosen(opening, [open](Session& session) { return RunPairOpen(session, *open); });

    auto join = std::make_shared<PairJoinOptions>();
    CLI::App& joining = Declare(pair, "join", "On the other machine: pair with the robot");
    joining.add_option("STRING", join->join_string,
                       "What `soarm pair open` printed; default, or -: a line of standard input");
    joining.add_option("--name", join->name, "What to call it here; default: its own name");
    OnChosen(joining, [join](Session& session) { return RunPairJoin(session, *join); });

    auto discover = std::make_shared<DiscoverOptions>();
    CLI::App& discovering = Declare("discover", "Robots that announce themselves on this network");
    discovering.add_option("--seconds", discover->seconds, "How long to listen for them")
        ->check(Between(0.1, 60.0, " s"))
        ->capture_default_str();
    OnChosen(discovering, [discover](Session& session) { return RunDiscover(session, *discover); });

    OnChosen(Declare(pair, "list", "Paired clients"), RunPairList);

    auto client = std::make_shared<std::string>();
    CLI::App& revoking = Declare(pair, "revoke", "Let a client in no more; cuts it off at once");
    revoking
        .add_option("CLIENT", *client, "Its name, or the first 8 digits or more of its certificate")
        ->required();
    OnChosen(revoking, [client](Session& session) { return RunPairRevoke(session, *client); });
  }

  void DeclareLeases() {
    CLI::App& lease = Declare("lease", "Who may move what");
    lease.require_subcommand(1);
    OnChosen(Declare(lease, "list", "Leases and who holds them"), RunLeaseList);

    auto take = std::make_shared<LeaseTakeOptions>();
    CLI::App& taking = Declare(lease, "take", "Take a lease and print it");
    AddPreempt(taking);
    taking.add_option("GROUP", take->groups, "Groups; default: all that may be driven");
    const std::vector<std::string> classes = {"observer", "autonomy", "teleop", "supervisor"};
    values_[taking.add_option("--class", take->lease_class, "Rank")
                ->check(CLI::IsMember(classes))
                ->capture_default_str()] = classes;
    taking
        .add_option("--ttl", take->ttl_s,
                    "Seconds until it ends unless renewed; default 60, with --hold 2")
        ->check(Between(0.1, 60.0, " s"))
        ->type_name("S");
    taking.add_option("--name", take->name, "Your name, shown to others; default: user@host");
    taking.add_option("--purpose", take->purpose, "Shown to others")->capture_default_str();
    taking.add_flag("--hold", take->hold, "Stay and renew it until interrupted, then release it");
    OnChosen(taking, [take](Session& session) { return RunLeaseTake(session, *take); });

    auto reference = std::make_shared<std::string>();
    CLI::App& releasing = Declare(lease, "release", "Give a lease back");
    releasing.add_option("LEASE", *reference,
                         "EPOCH:FENCE:TOKEN as `lease take` printed it; default: the last one "
                         "taken, at the daemon it is of");
    OnChosen(releasing,
             [reference](Session& session) { return RunLeaseRelease(session, *reference); });
  }

  void DeclareSim() {
    struct Call {
      std::string method;
      std::vector<std::string> arguments;
    };
    auto call = std::make_shared<Call>();
    CLI::App& sim = Declare("sim", "Look into the simulated world, and break it");
    sim.add_option("METHOD", call->method, "e.g. get-truth; without one: lists them");
    sim.add_option("FIELD", call->arguments, "FIELD=VALUE, e.g. servo=3 by=20ms values=0x0a1b");
    words_[&sim] = SimMethodNames();
    OnChosen(sim,
             [call](Session& session) { return RunSim(session, call->method, call->arguments); });
  }

  void DeclareOwn() {
    OnChosen(Declare("version", "This program's version"), RunVersion);

    auto shell = std::make_shared<std::string>();
    CLI::App& completion = Declare("completion", "Print a completion script for a shell");
    completion.add_option("SHELL", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    words_[&completion] = {"bash", "zsh", "fish"};
    completion.final_callback([this, shell] {
      const auto script = CompletionScript(DescribeTree(app_, words_, values_), *shell);
      line_.command = [script](Session& session) {
        if (!script.ok()) return script.status();
        session.output.Print(session.output.json() ? "{\"script\":" + JsonString(*script) + "}\n"
                                                   : *script);
        return absl::OkStatus();
      };
    });
  }

  CLI::App app_;
  CommandLine line_;
  std::string slip_;  // of a `stop`
  // For completion: fixed arguments, and fixed values of options.
  WordsOfCommands words_;
  ValuesOfOptions values_;
};

}  // namespace

std::variant<CommandLine, Advice> ParseCommandLine(std::vector<std::string> arguments) {
  return Parser().Parse(std::move(arguments));
}

}  // namespace soarm::cli
