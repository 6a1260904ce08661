#pragma once

#include <cstdint>
#include <string>

#include "tests/adversary/play/script.h"

namespace soarm::adversary {

// What a play is allowed to be. Everything else follows from its seed.
struct PlayWish {
  Time length = 30'000'000'000;
  std::string robot;    // empty: any
  std::string profile;  // empty: any of ProfileNames()
};

// "calm", "hostile", "wire", "world", "process" and "all": what mostly happens.
const std::vector<std::string>& ProfileNames();

// A play of honest drivers, and of what befalls them.
Script MakePlay(std::uint64_t seed, const PlayWish& wish);

}  // namespace soarm::adversary
