#pragma once

#include <functional>
#include <string_view>

namespace soarm {

// What becomes of a call that a network may have delivered late (access.proto).
enum class WhenLate {
  kWaits,       // until its caller is known to be there still
  kDone,        // all the same
  kDoneAtOnce,  // and what waits before it is not done
};

// Of the method that a call names: "/soarm.v1.MotionService/MoveTo".
using LateRule = std::function<WhenLate(std::string_view path)>;

}  // namespace soarm
