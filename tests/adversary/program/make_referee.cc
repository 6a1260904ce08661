#include "tests/adversary/program/make_referee.h"

#include "tests/adversary/judge/judge.h"

namespace soarm::adversary {

std::unique_ptr<Referee> MakeReferee() { return std::make_unique<Judge>(); }

}  // namespace soarm::adversary
