#include "server/front/robot_clock.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <string>

#include "common/base/problem.h"
#include "common/tls/authority.h"

namespace soarm {
namespace {

constexpr std::int64_t kFirstDay_s = 1'767'225'600;  // 2026-01-01: there was no soarmd before

// "1970-01-01 00:05 UTC"
std::string Date(std::int64_t now_s) {
  const std::time_t time = now_s;
  std::tm utc{};
  std::array<char, 32> text{};
  if (::gmtime_r(&time, &utc) == nullptr) return "no day at all";
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &utc)};
}

}  // namespace

std::int64_t ReadRobotClock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

std::int64_t LikelyDate(std::int64_t now_s) {
  return std::clamp(now_s, kFirstDay_s, tls::kAuthorityEnd_s);
}

absl::Status CheckRobotClock(std::int64_t now_s) {
  if (LikelyDate(now_s) == now_s) return absl::OkStatus();
  return Refuse(
      absl::StatusCode::kFailedPrecondition, "CLOCK_WRONG", "",
      "By the robot's clock it is " + Date(now_s) +
          ", which cannot be: certificates would get wrong dates, and those of paired "
          "machines are refused until it is right.",
      "Set the robot's clock: with a network `sudo timedatectl set-ntp true`, without one "
      "`sudo date -s`.");
}

}  // namespace soarm
