#pragma once

#include <string>

#include "common/base/problem.h"
#include "server/control/operation_queue.h"

namespace soarm::control {

Problem MakeProblem(absl::StatusCode code, const char* reason, std::string subject,
                    std::string message, const char* fix);

// What the bus refused, for people. `subject` is "arm/elbow_flex" or the group's name.
Problem ProblemOfRefusal(const BusOperationResult& result, const std::string& subject);

// Why a move was refused.
Problem ProblemOfMove(const MoveAnswer& answer, const std::string& subject);

// How a move ended that did not arrive.
Problem ProblemOfPhase(MovePhase phase, const std::string& subject);

// Of a servo that did not answer: adds that another one has its id, which no cable mends.
void TellWhyMissing(FaultSet faults, Problem& problem);
// Adds the names of a joint's faults as they were when they counted, or are now where that is not
// known; where they have passed, says so.
void TellFaults(FaultSet now, FaultSet then, Problem& problem);

// Adds how far a blocked joint stands from its target, and what its servo says.
void TellHowBlocked(double short_rad, const JointSample& sample, Problem& problem);

// Adds what the lease table says of the lease, where it does not stand any more.
void TellHowLost(const absl::Status& lost, Problem& problem);

}  // namespace soarm::control
