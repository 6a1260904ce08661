#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "common/time/clock.h"
#include "server/core/robot_model.h"

namespace soarm {

// What each tick reads of every servo.
enum class ReadPolicy : std::uint8_t {
  kAuto,      // kFull while that takes at most half of the period, else kMotion
  kFull,      // position, speed, load, supply, temperature, status, current
  kMotion,    // position, speed, load; the rest comes with the working registers
  kPosition,  // for benches: no speed, current or supply, hence no current trip
};

// A servo bus of any family as configured; immutable once the bus exists.
struct ServoBusOptions {
  std::string device;
  int baud = 1'000'000;
  RobotModel robot;  // ids and names; a group's role decides whether its servos may be written
  Nanos period = std::chrono::milliseconds(5);  // zero: back to back, for benches
  ReadPolicy read = ReadPolicy::kAuto;

  // How much longer than computed an answer may take: measured when the bus is opened, and anew
  // when it seems to have changed, within these limits. A USB adapter delivers in batches of up to
  // 1 ms.
  Nanos allowance_min = std::chrono::microseconds(250);
  Nanos allowance_max = std::chrono::milliseconds(4);  // 60 ms on a slow transport
  // A healthy servo's answer is waited for this much longer once: a busy host hands over bytes
  // milliseconds late, and three misses cost a servo its goals for a while. One that missed its
  // last answer too gets no more than the allowance, so that a dead servo costs three ticks.
  Nanos patience = std::chrono::milliseconds(5);
  Nanos measuring_time = std::chrono::milliseconds(50);

  // Working registers of every servo are seen at least this often.
  Nanos refresh_every = std::chrono::milliseconds(30);
  Nanos refresh_every_free_running = std::chrono::milliseconds(100);

  // Torque-on: pause between joints (inrush dips the supply), then how long nothing may move by
  // more than the sag plus the encoder's play.
  Nanos stagger = std::chrono::milliseconds(5);
  Nanos settle_time = std::chrono::milliseconds(100);
  int sag_allowance_ticks = 40;
};

}  // namespace soarm
