#pragma once

#include <memory>

#include "tests/adversary/play/referee.h"

namespace soarm::adversary {

// The judge of one play.
std::unique_ptr<Referee> MakeReferee();

}  // namespace soarm::adversary
