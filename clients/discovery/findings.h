#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace soarm::client {

// One answer from the network, as it came: anybody's words.
struct Sighting {
  std::string name;  // of the service
  std::string host;  // in digits; of fe80:: with its link, "fe80::1%eth0"
  std::uint16_t port = 0;
  std::vector<std::string> about;  // "version=0.1.0", …
};

// A robot that says it is there, in words that may be shown. None of it is proved.
struct FoundRobot {
  std::string name;
  std::vector<std::string> addresses;  // "192.168.1.20:50252", "[fd00::1]:50252"; the best first
  std::string version;                 // empty: it says none
  std::string fingerprint;             // 64 hexadecimal digits; empty: it says none, or nonsense
};

// Makes robots of sightings. Of each of a robot's addresses there is one, and a network may say as
// much as it likes: what is beyond the limits is left out, and counted.
//
// Threads  one at a time.
class Findings {
 public:
  static constexpr std::size_t kMostRobots = 100;
  static constexpr std::size_t kMostAddresses = 8;  // of one robot

  void Add(const Sighting& sighting);

  // By name.
  std::vector<FoundRobot> Robots() const;
  std::size_t left_out() const { return left_out_; }

 private:
  std::vector<FoundRobot> robots_;
  std::size_t left_out_ = 0;
};

}  // namespace soarm::client
