#include "server/config/client_book.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "common/base/problem.h"

namespace soarm {
namespace {

class ClientBookTest : public testing::Test {
 protected:
  ClientBookTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  ~ClientBookTest() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return (folder_ / "clients.toml").string(); }
  void Write(const std::string& text) const { std::ofstream(path()) << text; }
  std::string Text() const {
    std::ostringstream text;
    text << std::ifstream(path()).rdbuf();
    return text.str();
  }
  static std::string ReasonOf(const absl::Status& status) {
    return status.ok() ? "" : ProblemOf(status).reason;
  }
  static PairedClient Client(const std::string& name, const std::string& fingerprint) {
    return {.name = name,
            .fingerprint = fingerprint,
            .role = ClientRole::kOperator,
            .paired_at_s = 1'800'000'000};
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(ClientBookTest, KnowsItsClientsAfterARestart) {
  ASSERT_TRUE(ClientBook(path()).Add(Client("laptop", "aabbccdd11")).ok());
  const ClientBook again(path());
  ASSERT_TRUE(again.unreadable().ok()) << again.unreadable();
  const auto found = again.Find("aabbccdd11");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "laptop");
  EXPECT_EQ(found->role, ClientRole::kOperator);
  EXPECT_EQ(found->paired_at_s, 1'800'000'000);
  EXPECT_FALSE(found->revoked);
  EXPECT_FALSE(again.Find("aabbccdd"));
}

TEST_F(ClientBookTest, RevokedClientsStayKnownAsThatAndGiveTheirNameAway) {
  ClientBook book(path());
  ASSERT_TRUE(book.Add(Client("laptop", "aabbccdd11")).ok());
  ASSERT_TRUE(book.Revoke("laptop").ok());
  ASSERT_TRUE(book.Save().ok());
  EXPECT_TRUE(ClientBook(path()).Find("aabbccdd11")->revoked);
  EXPECT_TRUE(book.Add(Client("laptop", "22")).ok());
  EXPECT_FALSE(book.Find("22")->revoked);
}

TEST_F(ClientBookTest, RevokesByTheBeginningOfAFingerprintToo) {
  ClientBook book("");
  ASSERT_TRUE(book.Add(Client("laptop", "aabbccdd11")).ok());
  EXPECT_EQ(ReasonOf(book.Revoke("aabb").status()), "UNKNOWN_CLIENT") << "too short to be meant";
  EXPECT_TRUE(book.Revoke("aabbccdd").ok());
  EXPECT_TRUE(book.Save().ok());
  EXPECT_EQ(ReasonOf(book.Revoke("aabbccdd").status()), "UNKNOWN_CLIENT");
}

TEST_F(ClientBookTest, AFingerprintMayBeSaidInCapitalsAndHasToBeOfOneClient) {
  ClientBook book("");
  ASSERT_TRUE(book.Add(Client("laptop", "aabbccdd11")).ok());
  ASSERT_TRUE(book.Add(Client("desk", "aabbccdd22")).ok());
  const absl::Status refused = book.Revoke("AABBCCDD").status();
  EXPECT_EQ(ReasonOf(refused), "AMBIGUOUS_CLIENT");
  EXPECT_EQ(ProblemOf(refused).facts.at("clients"), "laptop, desk");
  EXPECT_NE(ProblemOf(refused).message.find("aabbccdd22"), std::string::npos);
  EXPECT_EQ(ReasonOf(book.Revoke("aabbccdd1x").status()), "UNKNOWN_CLIENT");
  EXPECT_EQ(book.Revoke("AaBbCcDd2")->name, "desk");
  EXPECT_FALSE(book.Find("aabbccdd11")->revoked);
  EXPECT_EQ(book.Revoke("aabbccdd")->name, "laptop") << "the other one is out already";
}

TEST_F(ClientBookTest, WhoIsCalledAsAnotherOnesFingerprintIsNotTakenForIt) {
  ClientBook book("");
  ASSERT_TRUE(book.Add(Client("victim", "aabbccdd11")).ok());
  ASSERT_TRUE(book.Add(Client("aabbccdd", "ffffffff00")).ok());
  ASSERT_TRUE(book.Add(Client("12345678", "eeeeeeee00")).ok());
  EXPECT_EQ(ReasonOf(book.Revoke("aabbccdd").status()), "AMBIGUOUS_CLIENT");
  EXPECT_FALSE(book.Find("aabbccdd11")->revoked);
  EXPECT_FALSE(book.Find("ffffffff00")->revoked);
  EXPECT_EQ(book.Revoke("aabbccdd1")->name, "victim");
  EXPECT_EQ(book.Revoke("aabbccdd")->name, "aabbccdd") << "its name wins over who is out";
  EXPECT_EQ(book.Revoke("12345678")->fingerprint, "eeeeeeee00") << "nobody's fingerprint";
}

TEST_F(ClientBookTest, SaysBeforehandWhetherThereIsRoomForOneMore) {
  bool full = false;
  ClientBook book(path(), [&full] {
    return full ? Refuse(absl::StatusCode::kUnavailable, "NOT_SAVED", "", "Full.", "Make room.")
                : absl::OkStatus();
  });
  EXPECT_TRUE(book.CheckRoom().ok());
  ASSERT_TRUE(book.Add(Client("laptop", "11")).ok());
  full = true;
  EXPECT_EQ(ReasonOf(book.CheckRoom()), "NOT_SAVED");
  full = false;
  ASSERT_TRUE(book.Revoke("laptop").ok());
  EXPECT_TRUE(book.CheckRoom().ok());
  EXPECT_TRUE(ClientBook(path()).Find("11")->revoked) << "what is revoked is kept by it, too";
}

TEST_F(ClientBookTest, WhoIsRevokedStaysOutWhateverTheDiskDoes) {
  bool full = false;
  ClientBook book(path(), [&full] {
    return full ? absl::UnavailableError("the disk is full") : absl::OkStatus();
  });
  ASSERT_TRUE(book.Add(Client("laptop", "11")).ok());
  full = true;
  EXPECT_TRUE(book.Revoke("laptop").ok());
  EXPECT_TRUE(book.Find("11")->revoked);
  EXPECT_FALSE(book.Save().ok());
  EXPECT_FALSE(book.Add(Client("other", "22")).ok());
  EXPECT_FALSE(book.Find("22")) << "it would be gone after a restart";
  full = false;
  EXPECT_TRUE(book.Revoke("laptop").ok()) << "to try it again";
  EXPECT_TRUE(book.Save().ok());
  EXPECT_TRUE(ClientBook(path()).Find("11")->revoked);
  EXPECT_EQ(ReasonOf(book.Revoke("laptop").status()), "UNKNOWN_CLIENT");
}

TEST_F(ClientBookTest, WhoIsRevokedWhileAnotherOneIsWrittenStaysOut) {
  ClientBook* revoking = nullptr;
  ClientBook book(path(), [&revoking] {
    return revoking == nullptr ? absl::OkStatus() : revoking->Revoke("laptop").status();
  });
  ASSERT_TRUE(book.Add(Client("laptop", "11")).ok());
  revoking = &book;
  ASSERT_TRUE(book.Add(Client("other", "22")).ok());
  revoking = nullptr;
  EXPECT_TRUE(book.Find("11")->revoked);
  EXPECT_TRUE(book.Find("22"));
  EXPECT_TRUE(book.Save().ok());
  EXPECT_TRUE(ClientBook(path()).Find("11")->revoked);
}

TEST_F(ClientBookTest, LetsNobodyInByAFileThatItDoesNotUnderstand) {
  ASSERT_TRUE(ClientBook(path()).Add(Client("laptop", "11")).ok());
  const std::string good = Text();
  for (const std::string& bad : {good + "x = 1\n", good.substr(0, good.size() - 30),
                                 std::string("count = 1\n"), std::string("\xff"), good + good}) {
    Write(bad);
    ClientBook book(path());
    EXPECT_EQ(ReasonOf(book.unreadable()), "BAD_STATE_FILE") << bad;
    EXPECT_TRUE(book.List().empty()) << bad;
    EXPECT_EQ(ReasonOf(book.Add(Client("other", "22"))), "BAD_STATE_FILE");
    EXPECT_EQ(ReasonOf(book.CheckRoom()), "BAD_STATE_FILE");
    EXPECT_EQ(ReasonOf(book.Revoke("laptop").status()), "BAD_STATE_FILE");
    EXPECT_EQ(Text(), bad) << "left alone";
  }
}

TEST_F(ClientBookTest, ForgetsRevokedOnesRatherThanToRefuseNewOnes) {
  ClientBook book("");
  for (std::size_t i = 0; i < ClientBook::kMostClients; ++i) {
    ASSERT_TRUE(book.Add(Client("c" + std::to_string(i), "f" + std::to_string(i))).ok());
  }
  EXPECT_EQ(ReasonOf(book.Add(Client("new", "new"))), "TOO_MANY_CLIENTS");
  EXPECT_EQ(ReasonOf(book.CheckRoom()), "TOO_MANY_CLIENTS");
  ASSERT_TRUE(book.Revoke("c7").ok());
  EXPECT_TRUE(book.CheckRoom().ok());
  EXPECT_TRUE(book.Add(Client("new", "new")).ok());
  EXPECT_FALSE(book.Find("f7"));
}

}  // namespace
}  // namespace soarm
