#pragma once

#include <memory>
#include <mutex>

#include "common/time/clock.h"
#include "server/announce/announcement.h"

namespace soarm {

// Has the robot announced as `_soarm._tcp` on the local network (DNS-SD) by Avahi, whenever that
// runs: it may be missing, come later, and go. So may D-Bus, by which it is asked; a D-Bus that
// hangs keeps whoever asks waiting for up to 25 s, and that is nobody but a thread of its own.
//
// Threads    any; the asking is done on its own, "announce", from Announce() on.
// Ownership  the thread keeps what it uses, and is left behind where it does not end in time.
class Announcer {
 public:
  Announcer();
  ~Announcer();  // EndSoon()
  Announcer(const Announcer&) = delete;
  Announcer& operator=(const Announcer&) = delete;

  // Once; nothing comes of a second one, or of one after EndSoon(). Does not wait.
  void Announce(const Announcement& what);
  // Takes it back. Does not wait.
  void EndSoon();
  // After EndSoon(): whether the thread has ended, waiting for that at most so long.
  bool WaitForEnd(Nanos patience) const;

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace soarm
