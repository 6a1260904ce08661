#include "clients/cpp/loopback.h"

#include <gtest/gtest.h>

namespace soarm::client {
namespace {

TEST(LoopbackTest, PlainTextStaysOnThisComputer) {
  for (const char* target :
       {"unix:/run/soarm/soarmd.sock", "unix:s", "127.0.0.1:50251", "127.8.9.1:1", "localhost:7",
        "LocalHost:7", "[::1]:50251", "ipv4:127.0.0.1:1,127.0.0.2:1", "ipv6:[::1]:1",
        "dns:///localhost:1"}) {
    EXPECT_TRUE(StaysOnThisComputer(target)) << target;
  }
  for (const char* target :
       {"", "pi:50251", "pi", "192.168.1.20:50251", "0.0.0.0:1", "[::]:1", "[fe80::1]:1", "[::1",
        "::1", "127.0.0.1.evil.org:1", "localhost.evil.org:1", "127.1:1", "2130706433:1",
        "ipv4:127.0.0.1:1,10.0.0.1:1", "dns:///pi:1", "dns://8.8.8.8/localhost:1", "xds:///pi"}) {
    EXPECT_FALSE(StaysOnThisComputer(target)) << target;
  }
}

}  // namespace
}  // namespace soarm::client
