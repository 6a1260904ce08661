#include "server/config/flag_checks.h"
#include "server/core/robot_model.h"

namespace soarm {
namespace {

// CLI11's Range lets NaN through.
std::string CheckVoltage(const std::string& text) {
  double volt = 0.0;
  if (CLI::detail::lexical_cast(text, volt) && volt >= 0.0 && volt <= 15.0) return "";
  return "\"" + text + "\" is not a number from 0 to 15 V";
}

}  // namespace

std::variant<SimFlags, FlagExit> ParseSimFlags(int argc, const char* const* argv,
                                               const std::string& version) {
  SimFlags flags;
  CLI::App app(
      "Simulates the servo bus of a robot behind a pseudo-terminal, byte for byte: any driver of\n"
      "STS servos opens LINK as it would open a USB adapter.",
      "soarm-sim");
  app.set_version_flag("--version", "soarm-sim " + version, "Print the version and exit");
  app.get_formatter()->column_width(34);
  std::vector<std::string> robots;
  for (const std::string_view name : RobotModelNames()) robots.emplace_back(name);

  app.add_option("--robot", flags.robot,
                 "so101 (default), so101_leader, so100, so100_leader or lekiwi")
      ->type_name("MODEL")
      ->check(Among(robots));
  app.add_option("--link", flags.link, "Symlink to make to the pseudo-terminal")
      ->type_name("PATH")
      ->check(CheckNotEmpty, "")
      ->required();
  app.add_option("--control", flags.control, "Where to serve SimService; default unix:LINK.ctl")
      ->type_name("ADDR")
      ->check(CheckAddress, "");
  app.add_option("--firmware", flags.firmware, "3.10 (default) or 3.9")
      ->type_name("VERSION")
      ->check(Among(kFirmwares));
  app.add_option("--supply-v", flags.supply_v, "Supply voltage; default the robot's")
      ->type_name("VOLT")
      ->check(CheckVoltage, "");
  app.add_option("--seed", flags.seed, "Seed of the world's noise; default 1")->type_name("N");
  app.add_option("--timing", flags.timing, "slots (default), bench or usb1ms")
      ->type_name("PROFILE")
      ->check(Among(kTimings));
  app.add_flag("--free-run", flags.free_run,
               "Time advances with Step and with bytes, not the clock");
  app.add_flag("--uncalibrated", flags.uncalibrated, "Servos as they leave the factory");
  app.add_option("--box", flags.box,
                 "N new servos of the robot, all with id 1 and unplugged; AttachServo plugs\n"
                 "them in one after the other, as for the set-up of motors")
      ->type_name("N")
      ->check(CLI::Range(1, 16));

  if (auto ended = RunParser(app, argc, argv)) return *ended;
  return flags;
}

}  // namespace soarm
