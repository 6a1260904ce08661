#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/time/clock.h"

namespace soarm {

// Tells whether what comes from a client was sent lately, or a network held it back: by pings of
// HTTP/2, which a client answers after all that it has said before. So what comes after the answer
// to a ping was said after that ping went out, and what was taken back by then is known here.
// Pure: time is passed in.
//
// Threads  one.
class LifeSign {
 public:
  // What comes so long after the newest answered ping went out was said since, and is no older. No
  // longer way there and back is allowed for: a late answer would vouch for what is as late.
  static constexpr Nanos kFresh = std::chrono::milliseconds(250);
  // While a client says anything it is asked this often, so that its calls need not wait.
  static constexpr Nanos kAsksEvery = std::chrono::milliseconds(100);

  // The client answered something that was sent then.
  explicit LifeSign(MonoTime sent_at) : proved_(sent_at), asked_(sent_at) {}

  bool IsFresh(MonoTime now) const { return now - proved_ <= kFresh; }
  bool ShouldAsk(MonoTime now) const { return now - asked_ >= kAsksEvery; }
  // The ping to send now.
  std::string Ask(MonoTime now);
  // When the newest answered ping went out, or what the client answered first.
  MonoTime proved() const { return proved_; }
  // The client answered a ping that carried `payload`; that may have been another's.
  void Hear(std::string_view payload);

 private:
  MonoTime proved_;
  MonoTime asked_;
};

}  // namespace soarm
