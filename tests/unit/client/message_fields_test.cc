#include "clients/tools/soarm/message_fields.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "soarm/sim/v1/sim.pb.h"
#include "soarm/v1/lease.pb.h"
#include "soarm/v1/safety.pb.h"

namespace soarm::cli {
namespace {

using testing::HasSubstr;

TEST(MessageFieldsTest, EveryKindOfFieldIsSet) {
  sim::v1::SetJointRequest joint;
  ASSERT_TRUE(SetFields({"servo=3", "position-rad=-0.25", "over=20ms", "bus=arm"}, joint).ok());
  EXPECT_EQ(joint.servo(), 3U);
  EXPECT_EQ(joint.position_rad(), -0.25);
  EXPECT_EQ(joint.over().nanos(), 20'000'000);
  EXPECT_EQ(joint.bus(), "arm");

  sim::v1::MuteRequest mute;
  ASSERT_TRUE(SetFields({"on=on"}, mute).ok());
  EXPECT_TRUE(mute.on());

  sim::v1::WriteRegistersRequest write;
  ASSERT_TRUE(SetFields({"values=0x0a ff", "address=0x28"}, write).ok());
  EXPECT_EQ(write.values(), "\x0a\xff");
  EXPECT_EQ(write.address(), 40U);

  v1::StopRequest stop;
  ASSERT_TRUE(SetFields({"level=release", "groups=arm,base", "groups=head"}, stop).ok());
  EXPECT_EQ(stop.level(), v1::StopRequest::RELEASE);
  EXPECT_EQ(stop.groups_size(), 3);
}

TEST(MessageFieldsTest, BadWordsAreRefusedWithTheFieldsThereAre) {
  for (const char* word : {"servo", "nose=1", "servo=-1", "servo=1.5", "servo=99999999999",
                           "over=20", "position_rad=x", "position_raw=1x"}) {
    sim::v1::SetJointRequest request;
    const absl::Status status = SetFields({word}, request);
    ASSERT_FALSE(status.ok()) << word;
    EXPECT_EQ(ProblemOf(status).reason, "BAD_FIELD");
    EXPECT_THAT(ProblemOf(status).fix, HasSubstr("servo=N"));
  }
  sim::v1::WriteRegistersRequest write;
  EXPECT_FALSE(SetFields({"values=0a1"}, write).ok());
  EXPECT_FALSE(SetFields({"values=zz"}, write).ok());
}

TEST(MessageFieldsTest, BytesArePrintedAsHex) {
  sim::v1::ReadRegistersResponse response;
  response.set_values(std::string("\x00\x0a\xff", 3));
  EXPECT_EQ(ToText(response), "values: 00 0a ff\n");
}

}  // namespace
}  // namespace soarm::cli
