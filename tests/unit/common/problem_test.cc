#include "common/base/problem.h"

#include <gtest/gtest.h>

namespace soarm {
namespace {

TEST(ProblemTest, SurvivesTheTripThroughAStatus) {
  const Problem problem{absl::StatusCode::kFailedPrecondition,
                        "OUTSIDE_RANGE",
                        "arm/elbow_flex",
                        "elbow_flex is outside its range",
                        "Move it back by hand.",
                        {{"limit_rad", "1.69"}, {"position_rad", "1.80"}}};
  const Problem copy = ProblemOf(ToStatus(problem));
  EXPECT_EQ(copy.code, problem.code);
  EXPECT_EQ(copy.reason, problem.reason);
  EXPECT_EQ(copy.subject, problem.subject);
  EXPECT_EQ(copy.message, problem.message);
  EXPECT_EQ(copy.fix, problem.fix);
  EXPECT_EQ(copy.facts, problem.facts);
}

TEST(ProblemTest, APlainStatusKeepsItsMessage) {
  const Problem problem = ProblemOf(absl::NotFoundError("no such joint"));
  EXPECT_EQ(problem.reason, "NOT_FOUND");
  EXPECT_EQ(problem.message, "no such joint");
}

}  // namespace
}  // namespace soarm
