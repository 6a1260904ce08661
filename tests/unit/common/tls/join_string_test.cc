#include "common/tls/join_string.h"

#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "common/tls/digest.h"

namespace soarm::tls {
namespace {

JoinString Good() {
  return {.hosts = {"192.168.1.20", "fe80::1%eth0", "robot.local"},
          .port = 50253,
          .fingerprint = ToHex(Sha256("a certificate")),
          .secret = ToBase64Url(RandomBytes(16))};
}

std::string ReasonOf(std::string_view text) {
  const auto join = ParseJoinString(text);
  return join.ok() ? "" : ProblemOf(join.status()).reason;
}

TEST(JoinStringTest, ReadsBackWhatItWrites) {
  const JoinString good = Good();
  const auto read = ParseJoinString(good.ToString());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->hosts, good.hosts);
  EXPECT_EQ(read->port, good.port);
  EXPECT_EQ(read->fingerprint, good.fingerprint);
  EXPECT_EQ(read->secret, good.secret);
}

TEST(JoinStringTest, HasNothingThatAShellWouldChange) {
  EXPECT_EQ(Good().ToString().find_first_of(" \t\"'`$&|;<>()[]{}*?!#~\\"), std::string::npos);
}

TEST(JoinStringTest, IsRefusedWhenAnyCharacterAtItsEndIsMissing) {
  const std::string whole = Good().ToString();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(ReasonOf(whole.substr(0, size)), "BAD_JOIN_STRING") << size;
  }
}

TEST(JoinStringTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", "soarm-pair:1/", "soarm-pair:2/a/1/b/c", "soarm-pair:1////", "soarm-pair:1/a b/1/b/c",
        "soarm-pair:1/a/0/b/c", "soarm-pair:1/a/65536/b/c", "soarm-pair:1/a/1x/b/c"}) {
    EXPECT_EQ(ReasonOf(text), "BAD_JOIN_STRING") << text;
  }
}

TEST(JoinStringTest, ARefusalDoesNotTellTheSecret) {
  JoinString join = Good();
  join.fingerprint = "00";
  const auto refused = ParseJoinString(join.ToString());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(std::string(ToStd(refused.status().message())).find(join.secret), std::string::npos);
}

}  // namespace
}  // namespace soarm::tls
