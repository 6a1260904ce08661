#include "common/base/listen_address.h"

#include <gtest/gtest.h>

namespace soarm {
namespace {

TEST(ListenAddressTest, ReadsWhatItPrints) {
  for (const std::string text :
       {"unix:/run/soarm/soarmd.sock", "unix:here", "127.0.0.1:50251", "127.0.0.1:0", "[::1]:1",
        "tls:0.0.0.0:50252", "tls:[::]:1", "tls:192.168.1.2:0", "tls:[fe80::1]:50252"}) {
    const auto read = ParseListenAddress(text);
    const auto* address = std::get_if<ListenAddress>(&read);
    ASSERT_NE(address, nullptr) << text;
    EXPECT_EQ(address->ToString(), text);
    EXPECT_EQ(address->is_unix(), text.starts_with("unix:")) << text;
    EXPECT_EQ(address->tls, text.starts_with("tls:")) << text;
  }
}

TEST(ListenAddressTest, KnowsThePortOfTls) {
  for (const auto& [text, whole] :
       {std::pair{"tls:0.0.0.0", "tls:0.0.0.0:50252"}, std::pair{"tls:[::]", "tls:[::]:50252"}}) {
    const auto read = ParseListenAddress(text);
    ASSERT_TRUE(std::holds_alternative<ListenAddress>(read)) << text;
    EXPECT_EQ(std::get<ListenAddress>(read).ToString(), whole);
  }
}

TEST(ListenAddressTest, SaysWhatIsWrongAndWhatToUse) {
  struct {
    std::string text;
    const char* reason;
    const char* what;
  } const cases[] = {
      {"", "BAD_LISTEN_ADDRESS", "not an address"},
      {"unix:", "BAD_LISTEN_ADDRESS", "names no socket"},
      {std::string("unix:/a\0b", 9), "BAD_LISTEN_ADDRESS", "no path"},
      {"unix:/" + std::string(102, 'x'), "BAD_LISTEN_ADDRESS", "too long"},
      {"127.0.0.1", "BAD_LISTEN_ADDRESS", "not an address"},
      {"127.0.0.1:", "BAD_LISTEN_ADDRESS", "not an address"},
      {"127.0.0.1:65536", "BAD_LISTEN_ADDRESS", "not an address"},
      {"127.0.0.1:5x", "BAD_LISTEN_ADDRESS", "not an address"},
      {"tls:", "BAD_LISTEN_ADDRESS", "no address of this computer"},
      {"tls:robot.local:1", "BAD_LISTEN_ADDRESS", "no address of this computer"},
      {"tls:::1:1", "BAD_LISTEN_ADDRESS", "no address of this computer"},
      {"tls:[::1", "BAD_LISTEN_ADDRESS", "no address of this computer"},
      {"tls:0.0.0.0:", "BAD_LISTEN_ADDRESS", "no port"},
      {"tls:0.0.0.0:65536", "BAD_LISTEN_ADDRESS", "no port"},
      {"0.0.0.0:1", "LISTEN_TOO_WIDE", "other machines"},
      {"localhost:1", "LISTEN_TOO_WIDE", "other machines"},
  };
  for (const auto& each : cases) {
    const auto read = ParseListenAddress(each.text);
    const auto* bad = std::get_if<BadAddress>(&read);
    ASSERT_NE(bad, nullptr) << each.text;
    EXPECT_EQ(bad->reason, each.reason) << each.text;
    EXPECT_NE(bad->what.find(each.what), std::string::npos) << bad->what;
    EXPECT_TRUE(bad->fix.starts_with("use ")) << bad->fix;
  }
}

TEST(ListenAddressTest, LeavesRoomForTheStopSocket) {
  const auto read = ParseListenAddress("unix:" + std::string(102, 'x'));
  ASSERT_TRUE(std::holds_alternative<ListenAddress>(read));
  EXPECT_EQ(std::get<ListenAddress>(read).unix_path.size() + kStopSuffix.size(), 107u);
}

}  // namespace
}  // namespace soarm
