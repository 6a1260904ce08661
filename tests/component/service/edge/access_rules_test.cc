#include "server/service/edge/access_rules.h"

#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>

#include "grpc/health/v1/health.pb.h"
#include "soarm/sim/v1/sim.pb.h"
#include "soarm/v1/motion.pb.h"
#include "soarm/v1/safety.pb.h"

namespace soarm {
namespace {

TEST(AccessRulesTest, AreFoundByTheRequestOfAMethod) {
  const AccessRule move = RuleOf(*v1::MoveToRequest::descriptor());
  EXPECT_EQ(move.method, "soarm.v1.MotionService.MoveTo");
  EXPECT_EQ(move.needed, ClientRole::kOperator);
  EXPECT_EQ(RuleOf(*v1::CommandFrame::descriptor()).needed, ClientRole::kOperator);
  EXPECT_EQ(RuleOf(*v1::StopRequest::descriptor()).needed, ClientRole::kViewer);
  EXPECT_EQ(RuleOf(*sim::v1::SetJointRequest::descriptor()).needed, ClientRole::kOperator);
}

TEST(AccessRulesTest, OfTheHealthServiceAreOurs) {
  const AccessRule rule = RuleOf(*grpc::health::v1::HealthCheckRequest::descriptor());
  EXPECT_EQ(rule.method, "grpc.health.v1.Health.Check");
  EXPECT_EQ(rule.needed, ClientRole::kViewer);
}

TEST(AccessRulesTest, AreAnAdminsForWhatNoMethodTakes) {
  for (const auto* message : {v1::Verdict::descriptor(), google::protobuf::Empty::descriptor()}) {
    const AccessRule rule = RuleOf(*message);
    EXPECT_EQ(rule.needed, ClientRole::kAdmin);
    EXPECT_EQ(rule.method, message->full_name());
  }
}

}  // namespace
}  // namespace soarm
