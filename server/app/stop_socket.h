#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <absl/status/statusor.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/base/socket.h"
#include "common/base/socket_claim.h"
#include "server/app/stop_message.h"
#include "server/core/robot.h"

namespace soarm {

// The way to stop the robot that needs no gRPC: a datagram Unix socket on a thread of its own.
// Each message asserts one stop (stop_message.h), at once; the sender, if it has an address, is
// answered a tenth of a second later at most, in lines:
//
//   ok <stop id>
//   level HOLD                     what was understood
//   note <words>                   only where something has to be said about it
//   not-reached base/left_wheel    one for each joint that was to stop and did not say that it did
//
// Threads    the constructor's and the destructor's; Renew() any; its own, "stop", calls
// `assert_stop` and looks
//            for what became of it.
// Ownership  removes the socket's file at the end.
class StopSocket {
 public:
  // A stop that was asserted, and what became of it: nothing until that is known.
  struct Asserted {
    std::string id;
    std::function<std::optional<StopReport>()> look;
  };
  using Assert = std::function<Asserted(const StopMessage&)>;

  // Binds `path` with mode 0660, in place of a socket that nobody reads.
  //   UNAVAILABLE STOP_SOCKET_FAILED  cannot be bound; and what SocketClaim refuses
  static absl::StatusOr<std::unique_ptr<StopSocket>> Open(const std::string& path,
                                                          Assert assert_stop);
  ~StopSocket();
  StopSocket(const StopSocket&) = delete;
  StopSocket& operator=(const StopSocket&) = delete;

  const std::string& path() const { return path_; }

  // Where the socket's file is gone, or is somebody else's, binds the path anew, if nobody listens
  // there: true. What was sent by the old file still counts. May wait for the disk; one thread at a
  // time.
  //   as Open(); nothing has changed, and it may be tried again
  absl::StatusOr<bool> Renew();

 private:
  // Somebody who waits for an answer.
  struct Waiting {
    sockaddr_un sender{};
    socklen_t sender_size = 0;
    std::string answer;  // its first lines
    std::function<std::optional<StopReport>()> look;
  };

  struct Place {
    SocketClaim claim;
    std::uint64_t inode = 0;
    Socket socket;
  };
  static absl::StatusOr<Place> Bind(const std::string& path);

  StopSocket(Place place, std::string path, int wake, Assert assert_stop);
  void Run();
  void TakeNext();
  bool Serve();  // whether there was a message
  void AnswerWhatIsKnown();
  void Send(const Waiting& to, const StopReport& report) const;

  std::optional<SocketClaim> claim_;  // first: given up when the file is gone; Renew()'s
  const std::string path_;
  std::uint64_t inode_;  // of the socket's file; Renew()'s
  const int wake_;       // an eventfd: there is a next socket, or an end
  const Assert assert_stop_;
  std::atomic<bool> ends_{false};
  std::mutex mutex_;              // guards what follows, for a moment
  Socket next_;                   // guarded by mutex_; to be taken
  Socket socket_;                 // the thread's
  std::vector<Waiting> waiting_;  // the thread's
  std::thread thread_;
};

}  // namespace soarm
