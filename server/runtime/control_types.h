#pragma once

#include <string>
#include <vector>

#include "server/control/controlled_robot.h"
#include "server/core/robot.h"
#include "server/core/verdict.h"

namespace soarm {

// Between the control module's types and those the edge knows. Pure.

VerdictRecord FromControl(const control::VerdictRecord& record);

}  // namespace soarm
