#include "server/config/flags.h"

#include <sstream>

#include "common/base/name_rule.h"
#include "server/config/flag_checks.h"
#include "server/config/rate_range.h"
#include "server/core/robot_model.h"

namespace soarm {
namespace {

const std::vector<std::string> kLevels = {"trace", "debug", "info", "warn", "error"};

std::string CheckModels(const std::string& text) {
  std::stringstream items(text);
  std::string item;
  while (std::getline(items, item, ',')) {
    const NamedValue named = SplitName(item);
    if (item.find('=') != std::string::npos && !IsName(named.name)) {
      return "\"" + named.name + "\" is not a name; " + std::string(kNameRule);
    }
    if (FindRobotModel(named.value)) continue;
    std::string known;
    for (const std::string_view name : RobotModelNames()) known += " " + std::string(name);
    return "no robot model \"" + named.value + "\"; use one of" + known;
  }
  return "";
}

std::vector<NamedValue> SplitModels(const std::string& text) {
  std::vector<NamedValue> models;
  std::stringstream items(text);
  std::string item;
  while (std::getline(items, item, ',')) models.push_back(SplitName(item));
  return models;
}

std::string CheckRate(const std::string& text) {
  double rate_hz = 0;
  if (text == "max") return "";
  const std::string quoted = "\"" + text + "\"";
  if (!CLI::detail::lexical_cast(text, rate_hz) || !(rate_hz <= kFastestRate_hz)) {
    return quoted + " is not a rate; write a number from 50 to 1000, or max";
  }
  if (rate_hz >= kSlowestRate_hz) return "";
  return quoted + " is not a rate; write at least 50, or max: " + std::string(kWhyNotSlower);
}

// Repeatable, one value each.
CLI::Option* AddList(CLI::App& app, const char* name, std::vector<std::string>& values,
                     const char* what) {
  return app.add_option(name, values, what)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::vector<NamedValue> SplitAll(const std::vector<std::string>& texts) {
  std::vector<NamedValue> named;
  for (const std::string& text : texts) named.push_back(SplitName(text));
  return named;
}

}  // namespace

std::variant<DaemonFlags, FlagExit> ParseDaemonFlags(int argc, const char* const* argv,
                                                     const std::string& version) {
  DaemonFlags flags;
  std::vector<std::string> models;
  std::vector<std::string> ports;
  std::vector<std::string> leader_ports;
  std::string rate;
  CLI::App app("Owns the servo buses of SO-100/SO-101 arms and serves them over gRPC.", "soarmd");
  app.set_version_flag("--version", "soarmd " + version, "Print the version and exit");
  app.get_formatter()->column_width(34);

  app.add_option("--config", flags.config,
                 "Configuration; default /etc/soarm/soarmd.toml if it exists")
      ->type_name("FILE")
      ->check(CheckNotEmpty, "");
  AddList(app, "--port", ports, "A follower arm on this tty (repeatable)")
      ->type_name("[NAME=]PATH")
      ->check(CheckNamedPath, "");
  AddList(app, "--leader-port", leader_ports, "A leader arm on this tty (repeatable); read-only")
      ->type_name("[NAME=]PATH")
      ->check(CheckNamedPath, "");
  AddList(app, "--listen", flags.listen,
          "unix:PATH, 127.0.0.1:PORT, [::1]:PORT, or for paired\n"
          "machines tls:ADDR:PORT; PORT 0 takes any (repeatable).\n"
          "Default:\n"
          "unix:$XDG_RUNTIME_DIR/soarm/soarmd.sock and 127.0.0.1:50251")
      ->type_name("ADDR")
      ->check(CheckAddress, "");
  app.add_option("--state-dir", flags.state_dir,
                 "Keeps the stops that stand, the saved poses, the keys for\n"
                 "TLS, the paired clients and the audit log. Default:\n"
                 "$STATE_DIRECTORY, /var/lib/soarm for root, otherwise\n"
                 "$XDG_STATE_HOME/soarm or ~/.local/state/soarm")
      ->type_name("DIR")
      ->check(CheckNotEmpty, "");
  app.add_option("--rate-hz", rate, "Control rate from 50 to 1000, or max; default 200")
      ->type_name("HZ")
      ->check(CheckRate, "");
  app.add_option("--log-level", flags.log_level, "trace, debug, info, warn or error")
      ->type_name("LEVEL")
      ->check(Among(kLevels));
  app.add_flag("--check-config", flags.check_config, "Check flags and configuration, then exit");

  CLI::Option* sim = app.add_option("--sim", models,
                                    "Simulated robot: so101 (default), so101_leader, so100,\n"
                                    "so100_leader or lekiwi. Without a model and with\n"
                                    "configured buses: simulates those")
                         ->type_name("[[NAME=]MODEL,...]")
                         ->expected(0, 1)
                         ->check(CheckModels, "")
                         ->group("Simulation");
  app.add_option("--sim-timing", flags.sim_timing, "slots, bench or usb1ms")
      ->type_name("PROFILE")
      ->check(Among(kTimings))
      ->group("Simulation");
  app.add_option("--sim-firmware", flags.sim_firmware, "3.10 or 3.9")
      ->type_name("VERSION")
      ->check(Among(kFirmwares))
      ->group("Simulation");
  app.add_option("--sim-seed", flags.sim_seed, "Seed of the simulated world's noise")
      ->type_name("N")
      ->group("Simulation");
  app.add_flag("--sim-uncalibrated", flags.sim_uncalibrated, "Servos as they leave the factory")
      ->group("Simulation");

  if (auto ended = RunParser(app, argc, argv)) return *ended;
  flags.sim = sim->count() > 0;
  // Not by CLI11's needs(), which would put the condition into every line of --help.
  for (const char* name : {"--sim-timing", "--sim-firmware", "--sim-seed", "--sim-uncalibrated"}) {
    if (flags.sim || app.count(name) == 0) continue;
    return FlagExit{2, "", std::string(name) + " needs --sim\n"};
  }
  for (const std::string& text : models) {
    for (NamedValue& model : SplitModels(text)) flags.models.push_back(std::move(model));
  }
  flags.ports = SplitAll(ports);
  flags.leader_ports = SplitAll(leader_ports);
  if (rate == "max") {
    flags.rate_hz = 0;
  } else if (!rate.empty()) {
    flags.rate_hz = std::stod(rate);
  }
  return flags;
}

}  // namespace soarm
