#pragma once

#include <memory>

#include <gtest/gtest.h>

#include "soarm/v1/motion.grpc.pb.h"
#include "tests/component/service/fixture.h"

namespace soarm {

// A client's side of one StreamCommands call.
class CommandClient {
 public:
  explicit CommandClient(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(v1::MotionService::NewStub(channel)),
        context_(Patiently()),
        call_(stub_->StreamCommands(context_.get())) {}

  void Send(const v1::CommandFrame& frame) { EXPECT_TRUE(call_->Write(frame)); }
  v1::Beat NextBeat() {
    v1::CommandEvent event;
    while (call_->Read(&event)) {
      if (event.has_beat()) return event.beat();
    }
    ADD_FAILURE() << "the stream ended";
    return {};
  }
  v1::Verdict NextVerdict() {
    v1::CommandEvent event;
    while (call_->Read(&event)) {
      if (event.has_verdict()) return event.verdict();
    }
    ADD_FAILURE() << "the stream ended";
    return {};
  }
  void CloseSide() { EXPECT_TRUE(call_->WritesDone()); }
  void Cancel() { context_->TryCancel(); }
  grpc::Status Finish() {
    v1::CommandEvent event;
    while (call_->Read(&event)) {
    }
    return call_->Finish();
  }

 private:
  std::unique_ptr<v1::MotionService::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::CommandFrame, v1::CommandEvent>> call_;
};

}  // namespace soarm
