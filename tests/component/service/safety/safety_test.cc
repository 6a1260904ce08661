#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "soarm/v1/safety.grpc.pb.h"
#include "tests/component/service/fixture.h"

namespace soarm {
namespace {

class SafetyServiceTest : public testing::Test {
 protected:
  grpc::Status Stop(const v1::StopRequest& request) {
    return stub_->Stop(Patiently().get(), request, &stopped_);
  }
  v1::SafetyState Safety() {
    v1::SafetyState state;
    EXPECT_TRUE(stub_->GetSafety(Patiently().get(), {}, &state).ok());
    return state;
  }

  ServedRobot served_;
  std::unique_ptr<v1::SafetyService::Stub> stub_ = v1::SafetyService::NewStub(served_.channel);
  v1::StopResponse stopped_;
};

TEST_F(SafetyServiceTest, StopsWithoutALeaseAndShowsWhoAndWhy) {
  v1::StopRequest request;
  request.set_reason("finger in the way");
  ASSERT_TRUE(Stop(request).ok());
  served_.clock.Advance(std::chrono::seconds(3));
  const v1::SafetyState state = Safety();
  ASSERT_EQ(state.stops_size(), 1);
  EXPECT_EQ(state.stops(0).stop_id(), stopped_.stop_id());
  EXPECT_EQ(state.stops(0).level(), v1::StopRequest::HOLD);
  EXPECT_EQ(state.stops(0).reason(), "finger in the way");
  EXPECT_TRUE(state.stops(0).source().starts_with("rpc ")) << state.stops(0).source();
  EXPECT_EQ(state.stops(0).age().seconds(), 3);
}

// Else each would stand by itself until there is no room to keep sources apart.
TEST(StopSourceTest, IsTheSameForEveryConnectionFromOneHost) {
  const ScratchFolder folder;
  ServingOptions options;
  options.listen = {"unix:" + folder.Path("soarmd.sock"), "127.0.0.1:0", "[::1]:0"};
  ServedRobot served({"so101"}, options);
  std::set<std::string> sources;
  for (const std::string& address : served.server->addresses()) {
    for (int i = 0; i < 2; ++i) {
      grpc::ChannelArguments own;  // a connection of its own
      own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      const auto stub = v1::SafetyService::NewStub(
          grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), own));
      v1::StopResponse stopped;
      ASSERT_TRUE(stub->Stop(Patiently().get(), {}, &stopped).ok()) << address;
    }
  }
  const std::vector<StopAssertion> stops = served.robot.Stops();
  ASSERT_EQ(stops.size(), 6u);
  for (const StopAssertion& stop : stops) sources.insert(stop.source);
  EXPECT_EQ(sources, (std::set<std::string>{"rpc unix:", "rpc ipv4:127.0.0.1", "rpc ipv6:[::1]"}));
}

TEST_F(SafetyServiceTest, PassesOnEachLevel) {
  for (const v1::StopRequest::Level level :
       {v1::StopRequest::HOLD, v1::StopRequest::SOFT_HOLD, v1::StopRequest::RELEASE}) {
    v1::StopRequest request;
    request.set_level(level);
    request.add_groups("arm");
    ASSERT_TRUE(Stop(request).ok());
    const v1::SafetyState state = Safety();
    EXPECT_EQ(state.stops(state.stops_size() - 1).level(), level);
    EXPECT_EQ(state.stops(state.stops_size() - 1).groups(0), "arm");
  }
}

TEST_F(SafetyServiceTest, ALevelItDoesNotKnowHoldsEverything) {
  v1::StopRequest request;
  request.set_level(static_cast<v1::StopRequest::Level>(9));
  request.add_groups("arm");
  ASSERT_TRUE(Stop(request).ok());
  EXPECT_NE(stopped_.stop_id(), "");
  ASSERT_EQ(stopped_.notes_size(), 1);
  const v1::SafetyState state = Safety();
  ASSERT_EQ(state.stops_size(), 1);
  EXPECT_EQ(state.stops(0).level(), v1::StopRequest::HOLD);
  EXPECT_EQ(state.stops(0).groups_size(), 0) << "all";
}

TEST_F(SafetyServiceTest, BytesThatAreNoRequestHoldEverything) {
  // A tag without a value, no tag, a level that is a text, a group that is a number.
  for (const char* bytes : {"\x08", "\xff", "\x12\x01x", "\x08\x01"}) {
    ASSERT_TRUE(CallRaw(served_.channel, "/soarm.v1.SafetyService/Stop", bytes).ok());
    const v1::SafetyState state = Safety();
    ASSERT_EQ(state.stops_size(), 1);
    EXPECT_EQ(state.stops(0).level(), v1::StopRequest::HOLD);
    EXPECT_EQ(state.stops(0).groups_size(), 0) << "all";
    EXPECT_NE(state.stops(0).reason().find("could not be read"), std::string::npos);
    v1::ClearResponse cleared;
    ASSERT_TRUE(stub_->Clear(Patiently().get(), {}, &cleared).ok());
  }
}

TEST_F(SafetyServiceTest, AReasonInAnyEncodingStopsAsItAsks) {
  const std::string request =
      "\x0a\x03"
      "arm"
      "\x10\x03\x1a\x04R\xfc"
      "ck";
  ASSERT_TRUE(CallRaw(served_.channel, "/soarm.v1.SafetyService/Stop", request).ok());
  const v1::SafetyState state = Safety();
  ASSERT_EQ(state.stops_size(), 1);
  EXPECT_EQ(state.stops(0).level(), v1::StopRequest::RELEASE);
  EXPECT_EQ(state.stops(0).groups(0), "arm");
  EXPECT_EQ(state.stops(0).reason(), "R?ck");
}

TEST_F(SafetyServiceTest, AnEndlessListOfGroupsHoldsEverything) {
  v1::StopRequest request;
  request.set_level(v1::StopRequest::RELEASE);
  for (int i = 0; i < 1000; ++i) request.add_groups("arm");
  ASSERT_TRUE(Stop(request).ok());
  EXPECT_EQ(stopped_.notes_size(), 1);
  EXPECT_EQ(Safety().stops(0).level(), v1::StopRequest::HOLD);
}

TEST_F(SafetyServiceTest, AGroupItDoesNotKnowIsNamedAndTheOthersAreStopped) {
  v1::StopRequest request;
  request.set_level(v1::StopRequest::RELEASE);
  request.add_groups("arm");
  request.add_groups("tail");
  ASSERT_TRUE(Stop(request).ok());
  ASSERT_EQ(stopped_.unknown_groups_size(), 1);
  EXPECT_EQ(stopped_.unknown_groups(0), "tail");
  EXPECT_NE(stopped_.notes(0).find("everything holds"), std::string::npos);
  EXPECT_EQ(Safety().stops(0).level(), v1::StopRequest::RELEASE);
}

TEST_F(SafetyServiceTest, NamesTheJointsThatAStopDidNotReachAndWhyItIsNotKept) {
  StopReport report;
  report.not_reached = {"base/left_wheel"};
  report.kept = absl::UnavailableError("the disk is full");
  served_.robot.ReportStops(report);
  ASSERT_TRUE(Stop({}).ok());
  ASSERT_EQ(stopped_.not_reached_size(), 1);
  EXPECT_EQ(stopped_.not_reached(0), "base/left_wheel");
  EXPECT_EQ(stopped_.not_kept().message(), "the disk is full");
  EXPECT_EQ(Safety().not_kept().message(), "the disk is full");
}

TEST_F(SafetyServiceTest, ClearsOneStopOrAll) {
  ASSERT_TRUE(Stop({}).ok());
  const std::string first = stopped_.stop_id();
  ASSERT_TRUE(Stop({}).ok());
  ASSERT_TRUE(Stop({}).ok());
  v1::ClearRequest request;
  request.set_stop_id(first);
  v1::ClearResponse cleared;
  ASSERT_TRUE(stub_->Clear(Patiently().get(), request, &cleared).ok());
  ASSERT_EQ(cleared.cleared_size(), 1);
  EXPECT_EQ(cleared.cleared(0), first);
  request.clear_stop_id();
  ASSERT_TRUE(stub_->Clear(Patiently().get(), request, &cleared).ok());
  EXPECT_EQ(cleared.cleared_size(), 2);
  EXPECT_EQ(Safety().stops_size(), 0);
}

TEST_F(SafetyServiceTest, AnIdOfAnyLengthIsAnsweredWithWhatIsWrongWithIt) {
  for (const std::size_t size : {300U, 9'000U, 100'000U}) {
    v1::ClearRequest request;
    request.set_stop_id(std::string(size, 'x'));
    v1::ClearResponse cleared;
    const grpc::Status status = stub_->Clear(Patiently().get(), request, &cleared);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << size;
    EXPECT_EQ(DetailOf(status).reason(), "TEXT_TOO_LONG") << size;
  }
}

TEST_F(SafetyServiceTest, SaysWhyARestartWouldBringAClearedStopBack) {
  StopReport report;
  report.kept = absl::UnavailableError("the disk is full");
  served_.robot.ReportStops(report);
  ASSERT_TRUE(Stop({}).ok());
  v1::ClearResponse cleared;
  ASSERT_TRUE(stub_->Clear(Patiently().get(), {}, &cleared).ok());
  EXPECT_EQ(cleared.cleared_size(), 1);
  EXPECT_EQ(cleared.not_kept().message(), "the disk is full");
}

TEST_F(SafetyServiceTest, ClearsFaultsOfAJointOrOfTheWholeGroup) {
  v1::ClearFaultRequest request;
  v1::ClearFaultResponse response;
  EXPECT_EQ(DetailOf(stub_->ClearFault(Patiently().get(), request, &response)).reason(),
            "LEASE_MISSING");
  request.mutable_lease()->set_token("token");
  ASSERT_TRUE(stub_->ClearFault(Patiently().get(), request, &response).ok());
  request.set_joint("arm/wrist_flex");
  ASSERT_TRUE(stub_->ClearFault(Patiently().get(), request, &response).ok());
  request.set_joint("wrist");
  EXPECT_EQ(DetailOf(stub_->ClearFault(Patiently().get(), request, &response)).reason(),
            "UNKNOWN_JOINT");
  const auto calls = served_.robot.calls();
  ASSERT_EQ(calls.size(), 2);
  EXPECT_EQ(calls[0].detail, "arm 63 token");
  EXPECT_EQ(calls[1].detail, "arm 8 token");
}

}  // namespace
}  // namespace soarm
