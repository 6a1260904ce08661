#pragma once

#include <cstdint>

#include "tests/system/adversity/scene.h"

namespace soarm::test {

// Does the next thing to the scene, drawn by weight of those that are possible now, and prints it
// as one line. What is drawn depends on the seed and on what was done before, hardly on what came
// of it, so that a seed can be played again.
void DoOneAct(Scene& scene, adversary::Dice& dice, std::uint64_t step);

}  // namespace soarm::test
