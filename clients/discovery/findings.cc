#include "clients/discovery/findings.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "common/base/clean_text.h"

namespace soarm::client {
namespace {

constexpr std::size_t kLongestName = 63;
constexpr std::size_t kLongestVersion = 32;
constexpr std::size_t kLongestHost = 64;
constexpr std::size_t kDigits = 64;  // of SHA-256

std::string ValueOf(const std::vector<std::string>& about, std::string_view key) {
  for (const std::string& text : about) {
    if (text.size() > key.size() && text.starts_with(key) && text[key.size()] == '=') {
      return text.substr(key.size() + 1);
    }
  }
  return {};
}

bool IsFingerprint(const std::string& text) {
  return text.size() == kDigits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool IsIpv6(std::string_view address) { return address.starts_with('['); }
bool IsOfOneLink(std::string_view address) { return address.starts_with("[fe80:"); }

// What most clients can use comes first.
bool IsBetter(const std::string& a, const std::string& b) {
  return std::tuple(IsOfOneLink(a), IsIpv6(a), a) < std::tuple(IsOfOneLink(b), IsIpv6(b), b);
}

}  // namespace

void Findings::Add(const Sighting& sighting) {
  const std::string host = CleanText(sighting.host, kLongestHost);
  const std::string name = CleanText(sighting.name, kLongestName);
  if (host.empty() || sighting.port == 0 || !HasShown(name)) return;
  const std::string fingerprint = ValueOf(sighting.about, "fingerprint");
  const FoundRobot fresh{
      .name = name,
      .addresses = {(host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" +
                    std::to_string(sighting.port)},
      .version = CleanText(ValueOf(sighting.about, "version"), kLongestVersion),
      .fingerprint = IsFingerprint(fingerprint) ? fingerprint : ""};
  const auto known = std::ranges::find_if(robots_, [&](const FoundRobot& robot) {
    return robot.name == fresh.name && robot.fingerprint == fresh.fingerprint;
  });
  if (known == robots_.end()) {
    if (robots_.size() >= kMostRobots) {
      ++left_out_;
    } else {
      robots_.push_back(fresh);
    }
    return;
  }
  std::vector<std::string>& addresses = known->addresses;
  if (std::ranges::find(addresses, fresh.addresses[0]) != addresses.end()) return;
  if (addresses.size() >= kMostAddresses) {
    ++left_out_;
    return;
  }
  addresses.push_back(fresh.addresses[0]);
  std::ranges::sort(addresses, IsBetter);
}

std::vector<FoundRobot> Findings::Robots() const {
  std::vector<FoundRobot> robots = robots_;
  std::ranges::stable_sort(robots, {}, &FoundRobot::name);
  return robots;
}

}  // namespace soarm::client
