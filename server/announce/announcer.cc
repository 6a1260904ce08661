#include "server/announce/announcer.h"

#include <chrono>
#include <condition_variable>
#include <string>
#include <thread>
#include <utility>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/log/log.h"
#include "server/announce/publication.h"

namespace soarm {
namespace {

// D-Bus was not there, or went away: its socket is tried anew that often.
constexpr std::chrono::milliseconds kTryAgainAfter(5000);

}  // namespace

// Shared with the thread, which may outlive the object.
struct Announcer::State {
  State() : end(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~State() { ::close(end); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  const int end;  // readable once it is to end
  std::mutex mutex;
  std::condition_variable changed;
  bool started = false;  // guarded by mutex
  bool ending = false;   // guarded by mutex
  bool ended = false;    // guarded by mutex
};

namespace {

bool IsReadable(int fd, std::chrono::milliseconds patience) {
  pollfd waited{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&waited, 1, static_cast<int>(patience.count())) > 0;
}

// Says what has changed, in one line each.
class Teller {
 public:
  void operator()(const std::string& news) {
    if (news == std::exchange(last_, news)) return;
    ComponentLog("announce")->info("{}", news);
  }

 private:
  std::string last_;
};

}  // namespace

Announcer::Announcer() : state_(std::make_shared<State>()) {}

Announcer::~Announcer() { EndSoon(); }

void Announcer::Announce(const Announcement& what) {
  const std::lock_guard lock(state_->mutex);
  if (state_->ending || std::exchange(state_->started, true)) return;
  std::thread([state = state_, what] {
    ::pthread_setname_np(::pthread_self(), "announce");
    Teller tell;
    while (!IsReadable(state->end, std::chrono::milliseconds(0))) {
      Publication(what, state->end, [&tell](const std::string& news) { tell(news); }).Run();
      if (IsReadable(state->end, kTryAgainAfter)) break;
    }
    const std::lock_guard ending(state->mutex);
    state->ended = true;
    state->changed.notify_all();
  }).detach();
}

void Announcer::EndSoon() {
  const std::lock_guard lock(state_->mutex);
  state_->ending = true;
  ::eventfd_write(state_->end, 1);
}

bool Announcer::WaitForEnd(Nanos patience) const {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, patience,
                                  [this] { return !state_->started || state_->ended; });
}

}  // namespace soarm
