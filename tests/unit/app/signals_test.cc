#include "server/app/signals.h"

#include <csignal>

#include <gtest/gtest.h>
#include <unistd.h>

namespace soarm {
namespace {

TEST(SignalsTest, AnEndThatHangsIsCutShortWhateverWasBlocked) {
  EXPECT_EXIT(
      {
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
        std::signal(SIGALRM, SIG_IGN);
        LimitShutdown(std::chrono::seconds(1));
        while (true) ::pause();
      },
      testing::KilledBySignal(SIGALRM), "");
}

}  // namespace
}  // namespace soarm
