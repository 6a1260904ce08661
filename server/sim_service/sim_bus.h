#pragma once

#include <string>

namespace soarm {

namespace sim {
class BusSimulation;
}

// A simulated bus under the name that requests use.
struct SimBus {
  std::string name;
  sim::BusSimulation* simulation = nullptr;
};

}  // namespace soarm
