#pragma once

#include <array>
#include <string>
#include <string_view>

#include "common/time/clock.h"

namespace soarm {

// Tells whether what comes from a client was sent lately, or a network held it back: by pings of
// HTTP/2, which a client answers after all that it has said before. What comes before the answer to
// a ping was therefore not said, nor taken back, after that ping went out and is not known of here.
// Pure: time is passed in.
//
// Threads  one.
class LifeSign {
 public:
  // What comes so long after an answered ping went out, and one and a half of the quickest of the
  // last ways there and back, is not asked about.
  static constexpr Nanos kFresh = std::chrono::milliseconds(250);
  static constexpr Nanos kLongestWay = std::chrono::seconds(1);
  // While a client says anything it is asked this often, so that its calls need not wait.
  static constexpr Nanos kAsksEvery = std::chrono::milliseconds(100);

  // The client answered something that was sent then.
  explicit LifeSign(MonoTime sent_at) : proved_(sent_at), asked_(sent_at) {}

  bool IsFresh(MonoTime now) const;
  bool ShouldAsk(MonoTime now) const { return now - asked_ >= kAsksEvery; }
  // The ping to send now.
  std::string Ask(MonoTime now);
  // When the newest answered ping went out, or what the client answered first.
  MonoTime proved() const { return proved_; }
  // The client answered a ping that carried `payload`; that may have been another's.
  void Hear(std::string_view payload, MonoTime now);

 private:
  MonoTime proved_;
  MonoTime asked_;
  std::array<Nanos, 16> ways_{};  // there and back, of the last answers
  std::size_t answers_ = 0;
};

}  // namespace soarm
