#include "clients/tools/soarm/targets.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "common/base/units.h"

namespace soarm::cli {
namespace {

using testing::HasSubstr;

Target One(const std::string& text) {
  const auto targets = ParseTargets({text});
  EXPECT_TRUE(targets.ok()) << text << ": " << targets.status().ToString();
  return targets.ok() && !targets->joints.empty() ? targets->joints.front() : Target{};
}

Problem Refusal(const std::vector<std::string>& texts) {
  const auto targets = ParseTargets(texts);
  EXPECT_FALSE(targets.ok()) << texts.front();
  return targets.ok() ? Problem{} : ProblemOf(targets.status());
}

TEST(TargetsTest, EveryUnitIsUnderstood) {
  struct Row {
    std::string text;
    Target::Unit unit;
    double value;
    bool relative;
  };
  for (const Row& row : {Row{"j=30deg", Target::Unit::kRad, 30 * kRadPerDeg, false},
                         Row{"j=-30deg", Target::Unit::kRad, -30 * kRadPerDeg, false},
                         Row{"j=0.5rad", Target::Unit::kRad, 0.5, false},
                         Row{"j=2048raw", Target::Unit::kRaw, 2048, false},
                         Row{"j=50%", Target::Unit::kOpening, 0.5, false},
                         Row{"j=+10deg", Target::Unit::kRad, 10 * kRadPerDeg, true},
                         Row{"j=+-10deg", Target::Unit::kRad, -10 * kRadPerDeg, true},
                         Row{"j=+-20raw", Target::Unit::kRaw, -20, true},
                         Row{"j=+-25%", Target::Unit::kOpening, -0.25, true}}) {
    const Target target = One(row.text);
    EXPECT_EQ(target.joint, "j") << row.text;
    EXPECT_EQ(target.unit, row.unit) << row.text;
    EXPECT_DOUBLE_EQ(target.value, row.value) << row.text;
    EXPECT_EQ(target.relative, row.relative) << row.text;
  }
}

TEST(TargetsTest, ABareNumberIsRefusedWithTheRightForm) {
  for (const std::string text : {"shoulder_pan=30", "shoulder_pan=+30", "shoulder_pan=3e1"}) {
    const Problem problem = Refusal({text});
    EXPECT_EQ(problem.code, absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(problem.reason, "NO_UNIT") << text;
    EXPECT_THAT(problem.fix, HasSubstr("shoulder_pan=")) << text;
    EXPECT_THAT(problem.fix, HasSubstr("deg"));
    EXPECT_THAT(problem.fix, HasSubstr("0.524rad"));
  }
}

TEST(TargetsTest, NonsenseIsRefused) {
  for (const std::string text :
       {"", "30", "30deg", "=30deg", "arm/=30deg", "j=", "j=deg", "j=30grad", "j=nandeg",
        "j=infrad", "j=1.5raw", "j=101%", "j=-1%", "j=30 deg", "j=++3deg", "j=1e99raw"}) {
    EXPECT_EQ(Refusal({text}).code, absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(TargetsTest, AWordIsAPoseAndThereIsOneAtMost) {
  const auto targets = ParseTargets({"left_arm/rest", "gripper=50%"});
  ASSERT_TRUE(targets.ok());
  EXPECT_EQ(targets->pose, "rest");
  EXPECT_EQ(targets->pose_group, "left_arm");
  EXPECT_EQ(targets->joints.size(), 1U);
  EXPECT_EQ(Refusal({"rest", "home"}).reason, "BAD_TARGET");
}

TEST(TargetsTest, GroupsSeparateJointsOfTheSameName) {
  EXPECT_EQ(One("left_arm/gripper=1rad").group, "left_arm");
  EXPECT_EQ(One("left_arm/gripper=1rad").joint, "gripper");
  EXPECT_TRUE(ParseTargets({"left_arm/gripper=1rad", "right_arm/gripper=1rad"}).ok());
  EXPECT_EQ(Refusal({"gripper=1rad", "gripper=2rad"}).reason, "DUPLICATE_TARGET");
}

TEST(TargetsTest, RelativeStepsStartFromTheGoalWhileTheJointHoldsOne) {
  v1::JointState now;
  now.set_position_rad(0.98);
  now.set_position_raw(2000);
  now.set_opening(0.9);
  EXPECT_DOUBLE_EQ(ToJointTarget(One("j=+0.5rad"), now).position_rad(), 1.48);
  now.set_torque_on(true);
  now.set_applied_rad(1.0);
  now.set_applied_raw(2010);
  EXPECT_DOUBLE_EQ(ToJointTarget(One("j=+0.5rad"), now).position_rad(), 1.5);
  EXPECT_EQ(ToJointTarget(One("j=+-10raw"), now).position_raw(), 2000);
  EXPECT_DOUBLE_EQ(ToJointTarget(One("j=0.5rad"), now).position_rad(), 0.5);
  EXPECT_DOUBLE_EQ(ToJointTarget(One("j=+50%"), now).opening(), 1.0) << "an opening ends at 100%";
}

TEST(TargetsTest, ASlashWithNothingBesideItSaysWhatIsMissing) {
  for (const char* text : {"/", "arm/"}) {
    EXPECT_THAT(Refusal({text}).message, HasSubstr("names no joint or pose behind")) << text;
  }
  for (const char* text : {"/rest", "/gripper=50%"}) {
    EXPECT_THAT(Refusal({text}).message, HasSubstr("names no group before")) << text;
  }
  EXPECT_EQ(Refusal({"arm/=3deg"}).reason, "BAD_TARGET");
}

}  // namespace
}  // namespace soarm::cli
