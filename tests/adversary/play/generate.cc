#include "tests/adversary/play/generate.h"

#include <array>
#include <string_view>

#include "tests/adversary/play/author.h"
#include "tests/adversary/play/dice.h"

namespace soarm::adversary {
namespace {

// One idea and how often it comes, by profile: calm, hostile, wire, world, process, all.
constexpr std::size_t kProfiles = 6;
struct Idea {
  std::array<double, kProfiles> weights;
  void (Author::*of_client)(int);
  void (Author::*of_others)();
};
const std::array<Idea, 37>& Ideas() {
  static const std::array<Idea, 37> ideas = {{
      {{30, 25, 25, 25, 25, 25}, &Author::Drive, nullptr},
      {{6, 3, 3, 3, 3, 3}, &Author::ReleaseLease, nullptr},
      {{4, 2, 2, 3, 2, 2}, &Author::Limp, nullptr},
      {{6, 4, 2, 3, 2, 3}, &Author::Scale, nullptr},
      {{10, 6, 8, 8, 6, 7}, &Author::StopAndClear, nullptr},
      {{2, 2, 6, 6, 3, 4}, &Author::Mend, nullptr},
      {{5, 4, 3, 3, 3, 3}, &Author::Vanish, nullptr},
      {{3, 5, 3, 3, 3, 3}, &Author::Hurry, nullptr},
      {{0, 20, 2, 2, 2, 6}, &Author::Pretend, nullptr},
      {{0, 14, 2, 2, 2, 5}, &Author::BadFrames, nullptr},
      {{0, 10, 1, 1, 1, 3}, &Author::OddCalls, nullptr},
      {{2, 8, 2, 2, 2, 3}, &Author::Crowd, nullptr},
      {{3, 8, 2, 2, 2, 3}, &Author::Takeover, nullptr},
      {{3, 1, 2, 12, 2, 4}, nullptr, &Author::Obstacle},
      {{3, 1, 2, 12, 2, 4}, nullptr, &Author::Load},
      {{0, 0, 1, 5, 1, 1}, nullptr, &Author::Heat},
      {{0, 0, 2, 7, 2, 2}, nullptr, &Author::Supply},
      {{3, 1, 1, 5, 2, 2}, nullptr, &Author::Hand},
      {{0, 1, 16, 2, 2, 5}, nullptr, &Author::SpoilAnswers},
      {{0, 1, 14, 2, 2, 4}, nullptr, &Author::Noise},
      {{0, 1, 6, 5, 1, 2}, nullptr, &Author::StatusBits},
      {{0, 1, 6, 2, 5, 3}, nullptr, &Author::PullPlug},
      {{0, 0, 4, 6, 3, 3}, nullptr, &Author::PowerLoss},
      {{0, 0, 4, 5, 2, 2}, nullptr, &Author::ServoLoss},
      {{0, 1, 8, 8, 3, 4}, nullptr, &Author::OtherProgram},
      {{0, 1, 6, 4, 2, 3}, nullptr, &Author::Heal},
      {{0, 1, 1, 1, 12, 3}, nullptr, &Author::KillAndStart},
      {{0, 0, 1, 1, 7, 2}, nullptr, &Author::EndAndStart},
      {{0, 1, 1, 1, 9, 2}, nullptr, &Author::Freeze},
      {{0, 0, 0, 0, 5, 1}, nullptr, &Author::Suspend},
      {{0, 0, 0, 0, 4, 0.5}, nullptr, &Author::FillDisk},
      {{0, 5, 0, 0, 0, 1}, &Author::GuessTheNext, nullptr},
      {{0, 2, 1, 10, 1, 2}, &Author::RunInto, nullptr},
      {{0, 6, 1, 1, 2, 2}, &Author::StopTheMove, nullptr},
      {{0, 4, 3, 1, 8, 2}, &Author::CutEnable, nullptr},
      {{0, 1, 10, 2, 1, 3}, &Author::SpoilAndStop, nullptr},
      {{0, 0, 1, 6, 1, 2}, &Author::NarrowAndMove, nullptr},
  }};
  return ideas;
}

sim::FirmwareOptions AnyFirmware(Dice& dice) {
  sim::FirmwareOptions firmware = *sim::FirmwareFor(dice.Chance(0.75) ? "3.10" : "3.9");
  if (dice.Chance(0.65)) return firmware;
  const auto flip = [&](bool& option) {
    if (dice.Chance(0.25)) option = !option;
  };
  flip(firmware.auto_torque_on);
  flip(firmware.jump_to_stale_goal);
  flip(firmware.lock_at_power_up);
  flip(firmware.return_delay_honoured);
  flip(firmware.sync_read_slots);
  flip(firmware.back_to_back_lost);
  flip(firmware.recalibrate_command);
  flip(firmware.overload_needs_power_cycle);
  return firmware;
}

Setting AnySetting(Dice& dice, std::uint64_t seed, const PlayWish& wish) {
  Setting setting;
  setting.seed = seed;
  setting.length = wish.length;
  constexpr std::array<double, 5> kRobots = {45, 5, 25, 10, 15};  // as RobotNames()
  setting.robot = RobotNames()[dice.Weighted(kRobots)];
  if (!wish.robot.empty()) setting.robot = wish.robot;
  constexpr std::array<double, 4> kRateWeights = {73, 16, 8, 3};
  constexpr std::array<double, 4> kRates = {200, 50, 0,
                                            1000};  // the bus does not keep up with 1000
  setting.rate_hz = kRates[dice.Weighted(kRateWeights)];
  setting.firmware = AnyFirmware(dice);
  constexpr std::array<double, 3> kTimings = {75, 10, 15};
  setting.timing = static_cast<sim::WireTiming>(dice.Weighted(kTimings));
  setting.gentle = dice.Chance(0.1);
  return setting;
}

}  // namespace

const std::vector<std::string>& ProfileNames() {
  static const std::vector<std::string> names = {"calm",  "hostile", "wire",
                                                 "world", "process", "all"};
  return names;
}

Script MakePlay(std::uint64_t seed, const PlayWish& wish) {
  Dice dice(seed);
  Script script;
  script.setting = AnySetting(dice, seed, wish);
  std::size_t profile = dice.Below(kProfiles);
  for (std::size_t i = 0; i < kProfiles; ++i) {
    if (ProfileNames()[i] == wish.profile) profile = i;
  }
  script.comment = "seed " + std::to_string(seed) + ", " + ProfileNames()[profile];

  Author author(dice, script.setting);
  author.Before();
  author.SetNow(dice.Span(50 * kMilli, 600 * kMilli));
  author.Drive(1);
  std::vector<double> weights;
  for (const Idea& idea : Ideas()) weights.push_back(idea.weights[profile]);
  const Time rhythm = dice.Span(200 * kMilli, 4 * kSecond);
  Time now = author.now() + dice.Span(300 * kMilli, 3 * kSecond);
  while (now < wish.length) {
    author.SetNow(now);
    const Idea& idea = Ideas()[dice.Weighted(weights)];
    // The first client is the one who mostly drives.
    const int client = dice.Chance(0.65) ? 1 : 2 + static_cast<int>(dice.Below(2));
    if (idea.of_client != nullptr) {
      (author.*idea.of_client)(client);
    } else {
      (author.*idea.of_others)();
    }
    now += dice.Span(rhythm / 20, rhythm * 2);
  }
  script.setting.soft = dice.Chance(0.15);  // the last draw, so that what a seed plays stays
  script.actions = author.TakeActions();
  std::erase_if(script.actions, [&](const Action& action) { return action.at >= wish.length; });
  return script;
}

}  // namespace soarm::adversary
