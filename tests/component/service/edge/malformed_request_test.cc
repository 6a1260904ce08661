// Every method of every service, as their descriptors have them, is sent what is no message.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include "server/sim_service/sim_service.h"
#include "soarm/v1/motion.pb.h"
#include "tests/component/service/fixture.h"
#include "tests/component/service/served_methods.h"

namespace soarm {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

constexpr char kStop[] = "soarm.v1.SafetyService.Stop";
constexpr char kCommands[] = "soarm.v1.MotionService.StreamCommands";

struct RawAnswer {
  grpc::Status status;
  std::vector<std::string> messages;

  // The verdicts of a command stream.
  std::vector<v1::Verdict> Verdicts() const {
    std::vector<v1::Verdict> verdicts;
    for (const std::string& message : messages) {
      v1::CommandEvent event;
      EXPECT_TRUE(event.ParseFromString(message));
      if (event.has_verdict()) verdicts.push_back(event.verdict());
    }
    return verdicts;
  }
  bool Says(const std::string& text) const {
    return std::ranges::any_of(messages, [&](const std::string& message) {
      return message.find(text) != std::string::npos;
    });
  }
};

// Calls `method` with these messages, and reads until it ends.
RawAnswer Call(const std::shared_ptr<grpc::Channel>& channel, const MethodDescriptor& method,
               const std::vector<std::string>& messages) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  const auto context = Patiently();
  const auto next = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto call = stub.PrepareCall(
      context.get(), "/" + method.service()->full_name() + "/" + method.name(), &queue);
  call->StartCall(nullptr);
  next();
  for (const std::string& message : messages) {
    const grpc::Slice slice(message);
    call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
    next();
  }
  call->WritesDone(nullptr);
  next();
  RawAnswer answer;
  grpc::ByteBuffer response;
  for (call->Read(&response, nullptr); next(); call->Read(&response, nullptr)) {
    std::vector<grpc::Slice> slices;
    EXPECT_TRUE(response.Dump(&slices).ok());
    std::string& bytes = answer.messages.emplace_back();
    for (const grpc::Slice& slice : slices) {
      bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
  }
  call->Finish(&answer.status, nullptr);
  EXPECT_TRUE(next());
  return answer;
}

std::string Field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}

// A message of `type` whose first text, at any depth, is Latin-1; nothing where it has none.
std::optional<std::string> WithLatin1(const Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.type() == FieldDescriptor::TYPE_STRING) return Field(field.number(), "caf\xe9");
    if (field.type() != FieldDescriptor::TYPE_MESSAGE) continue;
    if (field.message_type()->file() != type.file()) continue;
    if (const auto inner = WithLatin1(*field.message_type())) return Field(field.number(), *inner);
  }
  return std::nullopt;
}

class MalformedRequestTest : public testing::Test {
 protected:
  MalformedRequestTest() {
    ServingOptions options;
    options.listen = {"127.0.0.1:0"};
    auto server = Serve(ports_.With(poses_), options, {&sim_});
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channels_ = {server_->InProcessChannel(),
                 grpc::CreateChannel(server_->addresses()[0], grpc::InsecureChannelCredentials())};
  }

  PortsButPoses ports_;
  PoseBook poses_{"", {}};
  SimService sim_{{}, {ports_.clients, ports_.remote, ports_.audit}};
  std::unique_ptr<ServedDoor> server_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
};

TEST_F(MalformedRequestTest, IsAnsweredAsWhatItIsByEveryMethod) {
  const std::vector<const MethodDescriptor*> methods = ServedMethods(channels_[0]);
  ASSERT_GT(methods.size(), 40u);
  for (const MethodDescriptor* method : methods) {
    SCOPED_TRACE(method->full_name());
    std::vector<std::vector<std::string>> requests = {{"\xff\xff\xff\xff"}};
    const auto latin1 = WithLatin1(*method->input_type());
    if (latin1) requests.push_back({*latin1});
    if (!method->client_streaming()) requests.emplace_back();  // no message at all
    for (const auto& channel : channels_) {
      for (const auto& request : requests) {
        const RawAnswer answer = Call(channel, *method, request);
        if (method->full_name() == kStop) {
          EXPECT_TRUE(answer.status.ok()) << "whatever it says, it stops";
        } else if (method->full_name() == kCommands) {
          EXPECT_TRUE(answer.status.ok()) << "the stream goes on";
          EXPECT_TRUE(answer.Says("MALFORMED_REQUEST")) << "and tells";
        } else {
          EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
          EXPECT_EQ(DetailOf(answer.status).reason(), "MALFORMED_REQUEST");
          EXPECT_NE(DetailOf(answer.status).fix(), "");
        }
      }
    }
  }
}

TEST_F(MalformedRequestTest, AmongFramesIsRejectedAndTheNextOneActs) {
  v1::CommandFrame good;
  good.mutable_lease()->set_token("token");
  good.mutable_ttl()->set_nanos(200'000'000);
  v1::JointTarget& target = *good.mutable_joints()->add_targets();
  target.set_joint("elbow_flex");
  target.set_position_rad(0.1);
  const auto numbered = [&good](std::uint64_t seq) {
    good.set_seq(seq);
    return good.SerializeAsString();
  };
  const MethodDescriptor& method = *DescriptorPool::generated_pool()->FindMethodByName(kCommands);
  const std::string no_utf8 = "\x10\x02" + Field(3, "\xff\xfe");  // seq 2, a group
  const RawAnswer answer = Call(channels_[1], method, {numbered(1), no_utf8, numbered(3)});
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  const auto posted = ports_.robot.posted();
  ASSERT_EQ(posted.size(), 2u);
  EXPECT_EQ(posted[0].command.sequence, 1u);
  EXPECT_EQ(posted[1].command.sequence, 3u);
  ASSERT_EQ(answer.Verdicts().size(), 1u) << "the fake robot gives none";
  EXPECT_EQ(answer.Verdicts()[0].error().reason(), "MALFORMED_REQUEST");
}

// Its number counts, so that another frame cannot have it as well.
TEST_F(MalformedRequestTest, OfAFrameNamesItsNumberWhereThatCanBeRead) {
  const MethodDescriptor& method = *DescriptorPool::generated_pool()->FindMethodByName(kCommands);
  const auto verdict_of = [&](const std::string& frame) {
    const RawAnswer answer = Call(channels_[0], method, {frame});
    const std::vector<v1::Verdict> verdicts = answer.Verdicts();
    EXPECT_EQ(verdicts.size(), 1u);
    return verdicts.empty() ? v1::Verdict() : verdicts[0];
  };
  EXPECT_EQ(verdict_of("\x10\x07" + Field(3, "\xff\xfe")).first_seq(), 7u);
  EXPECT_EQ(verdict_of("\x10\x07\xff\xff\xff\xff").first_seq(), 7u) << "before what is broken";
  const v1::Verdict unreadable = verdict_of("\xff\xff\xff\xff");
  EXPECT_EQ(unreadable.first_seq(), 0u);
  EXPECT_EQ(unreadable.kind(), v1::REJECTED);
  EXPECT_EQ(unreadable.error().reason(), "MALFORMED_REQUEST");
}

}  // namespace
}  // namespace soarm
