#pragma once

#include <string>
#include <vector>

#include "common/time/clock.h"
#include "soarm/v1/motion.pb.h"

namespace soarm::cli {

// Turns key presses into joint targets. One press moves one joint for 150 ms at most, however many
// presses come at once: when the keys stop coming, for whatever reason, so does the arm.
//
//   key             does
//   q w e r t y …   joint 1, 2, 3, … up
//   a s d f g h …   the same joint down
//   + -             faster, slower
//   space           ends all motion now
//   x, Ctrl-D       ends the program
//
// Not thread-safe. Pure: time is passed in.
class Jogger {
 public:
  struct Joint {
    std::string name;
    double position_rad = 0.0;
    double lower_rad = 0.0;
    double upper_rad = 0.0;
  };
  static constexpr Nanos kPress = std::chrono::milliseconds(150);
  static constexpr std::size_t kMaxJoints = 8;

  // At most kMaxJoints joints; the keyboard has no more pairs.
  explicit Jogger(std::vector<Joint> joints);

  // False when the key ends the program.
  bool Press(char key, MonoTime now);

  // Moves the targets on to `now`. True while some joint moves.
  bool Advance(MonoTime now);

  // Ends all motion, and starts anew from these positions.
  void Restart(const std::vector<double>& positions_rad);
  void Halt();

  v1::JointTargets targets() const;
  const std::vector<Joint>& joints() const { return joints_; }
  double speed_rad_s() const { return speed_rad_s_; }

 private:
  struct Motion {
    double direction = 0.0;
    MonoTime until{};
  };
  std::vector<Joint> joints_;
  std::vector<Motion> motions_;
  double speed_rad_s_;
  MonoTime advanced_to_{};
};

// What the keys do, for the top of the screen.
std::string KeyHelp(const Jogger& jogger);

}  // namespace soarm::cli
