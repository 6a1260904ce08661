#include "clients/cpp/error.h"

#include <string>

#include <gtest/gtest.h>

#include "clients/cpp/grpc_error.h"
#include "clients/cpp/methods.h"
#include "clients/tools/soarm/exit_code.h"
#include "clients/tools/soarm/json.h"
#include "soarm/v1/clock.pb.h"

namespace soarm::client {
namespace {

// A length-delimited field of a message, for lengths below 128.
std::string Field(char number, const std::string& bytes) {
  return std::string(1, static_cast<char>(number << 3 | 2)) +
         std::string(1, static_cast<char>(bytes.size())) + bytes;
}

std::string AnyOf(const std::string& type, const std::string& value) {
  return Field(1, "type.googleapis.com/" + type) + Field(2, value);
}

std::string Detail() {
  v1::ErrorDetail detail;
  detail.set_reason("LEASE_HELD");
  detail.set_fix("Wait.");
  (*detail.mutable_facts())["holder"] = "ann@pi";
  return detail.SerializeAsString();
}

TEST(ErrorTest, TheDetailIsFoundInsideTheEnvelope) {
  const std::string envelope = std::string("\x08\x09") + Field(2, "some message") +
                               Field(3, AnyOf("google.rpc.RetryInfo", "")) +
                               Field(3, AnyOf("soarm.v1.ErrorDetail", Detail()));
  const auto detail = DecodeErrorEnvelope(envelope);
  ASSERT_TRUE(detail.has_value());
  const Problem problem = ToProblem(*detail, absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(problem.reason, "LEASE_HELD");
  EXPECT_EQ(problem.fix, "Wait.");
  EXPECT_EQ(problem.facts.at("holder"), "ann@pi");
}

TEST(ErrorTest, AnEnvelopeWithoutADetailYieldsNone) {
  EXPECT_FALSE(DecodeErrorEnvelope("").has_value());
  EXPECT_FALSE(DecodeErrorEnvelope(std::string("\x08\x09")).has_value());
  EXPECT_FALSE(DecodeErrorEnvelope(Field(3, AnyOf("google.rpc.RetryInfo", ""))).has_value());
}

TEST(ErrorTest, ADamagedEnvelopeYieldsNoneAtAnyLength) {
  const std::string envelope = Field(3, AnyOf("soarm.v1.ErrorDetail", Detail()));
  for (std::size_t size = 0; size < envelope.size(); ++size) {
    EXPECT_FALSE(DecodeErrorEnvelope(envelope.substr(0, size)).has_value()) << size;
  }
}

TEST(ErrorTest, ExitCodesFollowTheContract) {
  using absl::StatusCode;
  const auto code = [](StatusCode status, const char* reason) {
    Problem problem;
    problem.code = status;
    problem.reason = reason;
    return static_cast<int>(cli::ExitCodeFor(problem));
  };
  EXPECT_EQ(code(StatusCode::kInternal, "X"), 1);
  EXPECT_EQ(code(StatusCode::kNotFound, "UNKNOWN_STOP"), 1);
  EXPECT_EQ(code(StatusCode::kNotFound, "UNKNOWN_GROUP"), 2);
  EXPECT_EQ(code(StatusCode::kUnavailable, "SHUTTING_DOWN"), 3);
  EXPECT_EQ(code(StatusCode::kUnimplemented, kNotServed), 1);
  EXPECT_EQ(code(StatusCode::kInvalidArgument, "X"), 2);
  EXPECT_EQ(code(StatusCode::kUnavailable, kDaemonUnreachable), 3);
  EXPECT_EQ(code(StatusCode::kUnavailable, "BUS_SILENT"), 1);
  EXPECT_EQ(code(StatusCode::kFailedPrecondition, "LEASE_HELD"), 4);
  EXPECT_EQ(code(StatusCode::kPermissionDenied, "X"), 4);
  EXPECT_EQ(code(StatusCode::kAborted, "LEASE_LOST"), 4);
  EXPECT_EQ(code(StatusCode::kDeadlineExceeded, kTimedOut), 5);
  EXPECT_EQ(code(StatusCode::kCancelled, kInterrupted), 130);
  EXPECT_EQ(code(StatusCode::kCancelled, "X"), 1);
}

TEST(ErrorTest, ACallThatNobodyHereCancelledWasCutByTheDaemonsEnd) {
  const grpc::Status cut(grpc::StatusCode::CANCELLED, "CANCELLED");
  EXPECT_EQ(ProblemOf(FromGrpc(cut, "unix:/s", "/a.B/C", false)).reason, kShuttingDown);
  EXPECT_EQ(ProblemOf(FromGrpc(cut, "unix:/s", "/a.B/C", true)).reason, kInterrupted);
}

TEST(ErrorTest, AProblemIsOneJsonObject) {
  const Problem problem{.code = absl::StatusCode::kAborted,
                        .reason = "R",
                        .subject = "arm",
                        .message = "a \"b\"\n",
                        .fix = "c\\d",
                        .facts = {{"k", "v"}, {"l", "w"}}};
  EXPECT_EQ(cli::ToJson(problem),
            "{\"error\":{\"code\":\"ABORTED\",\"reason\":\"R\",\"subject\":\"arm\",\"message\":\"a "
            "\\\"b\\\"\\u000a\",\"fix\":\"c\\\\d\",\"facts\":{\"k\":\"v\",\"l\":\"w\"}}}\n");
}

// The typed names against the descriptors: a renamed method or a wrong type must not compile into
// a call that fails at run time.
template <typename Request, typename Response>
void ExpectServed(const std::string& path, bool streams) {
  const std::size_t slash = path.rfind('/');
  const std::string name = path.substr(1, slash - 1) + "." + path.substr(slash + 1);
  const auto* method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
  ASSERT_NE(method, nullptr) << name;
  EXPECT_EQ(method->input_type(), Request::descriptor()) << name;
  EXPECT_EQ(method->output_type(), Response::descriptor()) << name;
  EXPECT_EQ(method->server_streaming(), streams) << name;
}
template <typename Request, typename Response>
void ExpectServed(UnaryMethod<Request, Response> method) {
  ExpectServed<Request, Response>(method.path, false);
}
template <typename Request, typename Response>
void ExpectServed(WatchMethod<Request, Response> method) {
  ExpectServed<Request, Response>(method.path, true);
}

TEST(MethodsTest, EveryNameIsInTheContractWithItsTypes) {
  ExpectServed(kGetInfo);
  ExpectServed(kListPoses);
  ExpectServed(kSavePose);
  ExpectServed(kDeletePose);
  ExpectServed(kGetDescription);
  ExpectServed(kGetStatus);
  ExpectServed(kGetState);
  ExpectServed(kWatchState);
  ExpectServed(kAcquireLease);
  ExpectServed(kRenewLease);
  ExpectServed(kReleaseLease);
  ExpectServed(kListLeases);
  ExpectServed(kEnableTorque);
  ExpectServed(kReleaseTorque);
  ExpectServed(kSetSpeedScale);
  ExpectServed(kMoveTo);
  ExpectServed<v1::CommandFrame, v1::CommandEvent>(kStreamCommands, true);
  ExpectServed<v1::ClockPing, v1::ClockPong>(kSyncClock, true);
  ExpectServed(kStop);
  ExpectServed(kClear);
  ExpectServed(kClearFault);
  ExpectServed(kGetSafety);
}

}  // namespace
}  // namespace soarm::client
