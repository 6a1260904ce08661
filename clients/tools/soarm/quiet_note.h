#pragma once

#include <string>

#include "clients/cpp/connection.h"
#include "clients/tools/soarm/output.h"

namespace soarm::cli {

// Says, while a command waits for a stream, that nothing comes any more and since when: a daemon
// that hangs keeps its connections, and silence would look like a robot that is fine.
//
// Threads  the stream's.
class QuietNote {
 public:
  // `what` does not come: "state", "word of the move of arm". `period` is how long the stream may
  // be silent when all is well.
  QuietNote(Output& output, std::string what, Nanos period);

  // `options` then tell this object, which has to outlive the call.
  void ListenTo(client::CallOptions& options);
  // Something came.
  void Heard();
  // True once when something has been said since the last time.
  bool TakeSaid();

 private:
  void Say(Nanos since_last);

  Output& output_;
  const std::string what_;
  const Nanos quiet_;
  Nanos said_{0};  // how long it had been silent when that was said last
  bool is_new_ = false;
};

}  // namespace soarm::cli
