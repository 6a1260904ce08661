// What callers are told about refusals and faults.

#include "server/control/problems.h"

#include <string>

#include <gtest/gtest.h>

namespace soarm::control {
namespace {

TEST(ProblemsTest, ARefusalSpeaksOfRegistersInTheirUnitsAndOfFaultsByName) {
  BusOperationResult supply;
  supply.refusal = BusRefusal::kSupplyOutside;
  supply.fact = {.address = 14,
                 .name = "max_voltage",
                 .wanted = 80,
                 .found = 120,
                 .bound = RegisterFact::Bound::kAtMost,
                 .unit = 0.1,
                 .unit_name = "V",
                 .meaning = ""};
  const Problem problem = ProblemOfRefusal(supply, "arm/gripper");
  EXPECT_NE(problem.message.find("max_voltage (register 14): found 12.0 V, wanted at most 8.0 V"),
            std::string::npos)
      << problem.message;
  EXPECT_EQ(problem.facts.at("found"), "120") << "as the servo counts";
  EXPECT_EQ(problem.facts.at("wanted"), "80");
  EXPECT_EQ(problem.facts.at("register"), "14");
  EXPECT_EQ(problem.facts.at("register_name"), "max_voltage");
  BusOperationResult fault;
  fault.refusal = BusRefusal::kServoFault;
  fault.faults.Set(Fault::kOverload);
  EXPECT_NE(ProblemOfRefusal(fault, "arm/gripper").message.find(": OVERLOAD"), std::string::npos);
  EXPECT_EQ(ProblemOfRefusal(fault, "arm/gripper").facts.at("faults"), "OVERLOAD");
}

TEST(ProblemsTest, AFaultThatHasPassedIsNamedWithWhatToDoThen) {
  Problem stands;
  stands.fix = "Remove its cause.";
  TellFaults(FaultSet{FaultSet::Bit(Fault::kOverload)}, FaultSet{FaultSet::Bit(Fault::kNoReply)},
             stands);
  EXPECT_EQ(stands.message, ": NO_REPLY, which has passed") << "OVERLOAD came later";
  Problem same;
  same.fix = "Remove its cause.";
  TellFaults(FaultSet{FaultSet::Bit(Fault::kOverload) | FaultSet::Bit(Fault::kHot)},
             FaultSet{FaultSet::Bit(Fault::kOverload)}, same);
  EXPECT_EQ(same.message, ": OVERLOAD");
  EXPECT_EQ(same.fix, "Remove its cause.");
  Problem only_now;
  TellFaults(FaultSet{FaultSet::Bit(Fault::kOverload)}, {}, only_now);
  EXPECT_EQ(only_now.facts.at("faults"), "OVERLOAD");
  Problem passed;
  TellFaults({}, FaultSet{FaultSet::Bit(Fault::kNoReply)}, passed);
  EXPECT_EQ(passed.message, ": NO_REPLY, which has passed");
  Problem eased;
  eased.fix = "Move it away.";
  TellFaults({}, FaultSet{FaultSet::Bit(Fault::kOverload)}, eased);
  EXPECT_EQ(eased.fix, "Move it away.") << "no cable's fault";
  EXPECT_NE(passed.fix.find("again"), std::string::npos);
}

TEST(ProblemsTest, AServoThatDoesNotAnswerForAnotherOfItsIdIsToldSo) {
  BusOperationResult missing;
  missing.refusal = BusRefusal::kServoMissing;
  Problem problem = ProblemOfRefusal(missing, "arm/gripper");
  const std::string cable = problem.fix;
  TellWhyMissing(FaultSet{FaultSet::Bit(Fault::kQuarantined)}, problem);
  EXPECT_EQ(problem.fix, cable);
  TellWhyMissing(FaultSet{FaultSet::Bit(Fault::kDuplicateId)}, problem);
  EXPECT_EQ(problem.fix, FaultFix(Fault::kDuplicateId));
  EXPECT_EQ(problem.facts.at("faults"), "DUPLICATE_ID");
}

TEST(ProblemsTest, EveryRefusalOfABusHasATextAndAReason) {
  for (int i = 1; i <= static_cast<int>(BusRefusal::kBusLost); ++i) {
    BusOperationResult result;
    result.refusal = static_cast<BusRefusal>(i);
    const Problem problem = ProblemOfRefusal(result, "arm/gripper");
    EXPECT_NE(problem.reason, "INTERNAL") << i;
    EXPECT_FALSE(problem.fix.empty()) << i;
  }
}

}  // namespace
}  // namespace soarm::control
