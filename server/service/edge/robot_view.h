#pragma once

#include <vector>

#include "server/core/robot.h"

namespace soarm {

// One reading of every bus of a robot, for a converter that needs several of them to agree.
struct RobotView {
  MonoTime now{};
  std::vector<BusState> states;              // by bus index
  std::vector<BusDescription> descriptions;  // by bus index
};

inline RobotView ReadRobot(const Robot& robot, const Clock& clock) {
  RobotView view;
  for (std::size_t bus = 0; bus < robot.bus_count(); ++bus) {
    view.states.push_back(robot.State(bus));
    view.descriptions.push_back(robot.Description(bus));
  }
  view.now = clock.Now();  // after the states, so that no age is negative
  return view;
}

}  // namespace soarm
