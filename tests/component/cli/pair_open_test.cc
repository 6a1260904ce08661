// What `soarm pair open` says of an offer while it waits, by a pairing service that a test scripts.

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include "soarm/v1/pairing.grpc.pb.h"
#include "tests/component/cli/run_cli.h"

namespace soarm::test {
namespace {

using testing::HasSubstr;

// Answers each GetPairing with the next state, and is cut as by the daemon's end after the last.
class ScriptedPairing final : public v1::PairingService::Service {
 public:
  explicit ScriptedPairing(std::vector<v1::PairingState> states) : states_(std::move(states)) {
    std::string folder = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address(), grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~ScriptedPairing() override {
    server_->Shutdown();
    std::filesystem::remove_all(folder_);
  }
  ScriptedPairing(const ScriptedPairing&) = delete;
  ScriptedPairing& operator=(const ScriptedPairing&) = delete;

  Outcome Offer() const { return RunCli({"pair", "open", "--server", address()}); }

 private:
  std::string address() const { return "unix:" + (folder_ / "s").string(); }
  grpc::Status OpenPairing(grpc::ServerContext*, const v1::OpenPairingRequest*,
                           v1::OpenPairingResponse* response) override {
    response->set_join_string("soarm-pair:1/here");
    return grpc::Status::OK;
  }
  grpc::Status GetPairing(grpc::ServerContext*, const v1::GetPairingRequest*,
                          v1::PairingState* response) override {
    if (asked_ == states_.size()) return {grpc::StatusCode::CANCELLED, "CANCELLED"};
    *response = states_[asked_++];
    return grpc::Status::OK;
  }

  const std::vector<v1::PairingState> states_;
  std::size_t asked_ = 0;
  std::filesystem::path folder_;
  std::unique_ptr<grpc::Server> server_;
};

v1::PairingState Full(bool open) {
  v1::PairingState state;
  state.set_open(open);
  state.mutable_failure()->set_reason("NOT_SAVED");
  state.mutable_failure()->set_message("It could not be written.");
  state.mutable_failure()->set_fix("Make room on the disk.");
  if (!open) state.set_ended("its time was over");
  return state;
}

TEST(PairOpenTest, TellsAtOnceWhyNobodyCouldBeLetInAndWaitsOn) {
  v1::PairingState paired;
  paired.set_ended("a client has paired");
  paired.mutable_paired()->set_name("laptop");
  paired.mutable_paired()->set_role(v1::OPERATOR);
  const Outcome outcome = ScriptedPairing({Full(true), Full(true), paired}).Offer();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::string why = "not paired: It could not be written. Make room on the disk.\n";
  EXPECT_THAT(outcome.err, HasSubstr(why + "paired: laptop (operator)")) << "once, and then";
}

TEST(PairOpenTest, AnOfferThatIsOverSaysWhatWasInItsWay) {
  const Outcome outcome = ScriptedPairing({Full(false)}).Offer();
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("Nobody has paired: its time was over. Last: It could not be "
                                     "written. Make room on the disk."));
}

TEST(PairOpenTest, ADaemonThatEndsSaysThatItEnds) {
  const Outcome outcome = ScriptedPairing({}).Offer();
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("is shutting down"));
}

}  // namespace
}  // namespace soarm::test
