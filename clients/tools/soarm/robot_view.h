#pragma once

#include <string>

#include "clients/tools/soarm/output.h"
#include "soarm/v1/lease.pb.h"
#include "soarm/v1/pose.pb.h"
#include "soarm/v1/robot.pb.h"
#include "soarm/v1/state.pb.h"

namespace soarm::cli {

// The parts of the API as tables for people: angles in degrees, every number with its unit.

// "HOLD (EXPIRED)", in the colour of its meaning.
std::string ModeText(const v1::GroupState& group, const Output& output);

// One table per group, each under a line with its name and mode.
std::string StateTables(const v1::StateFrame& frame, const Output& output);

// One line for a pipe: "12.345 arm HOLD shoulder_pan=1.2° …".
std::string StateLine(const v1::StateFrame& frame);

std::string DescriptionTables(const v1::RobotDescription& description);
std::string LeaseTable(const v1::ListLeasesResponse& leases);
std::string PoseTable(const v1::ListPosesResponse& poses);

}  // namespace soarm::cli
