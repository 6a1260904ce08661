#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include <absl/status/statusor.h>

#include "server/app/stop_message.h"

namespace soarm {

// The way to stop the robot that needs no gRPC: a datagram Unix socket on a thread of its own.
// Each message asserts one stop (stop_message.h); the sender, if it has an address, gets
// "ok <stop id>" or "error <why>".
//
// Threads    the constructor's and the destructor's; its own, "stop", calls `assert_stop`.
// Ownership  removes the socket's file at the end.
class StopSocket {
 public:
  // Asserts a stop and answers its id.
  using Assert = std::function<absl::StatusOr<std::string>(const StopMessage&)>;

  // Binds `path` with mode 0660, in place of a socket that nobody reads.
  //   FAILED_PRECONDITION  somebody reads there, or a file that is no socket is in the way
  //   UNAVAILABLE          cannot be bound
  static absl::StatusOr<std::unique_ptr<StopSocket>> Open(const std::string& path,
                                                          Assert assert_stop);
  ~StopSocket();
  StopSocket(const StopSocket&) = delete;
  StopSocket& operator=(const StopSocket&) = delete;

  const std::string& path() const { return path_; }

 private:
  StopSocket(std::string path, int socket, int wake, Assert assert_stop);
  void Run();
  void Serve();

  const std::string path_;
  const int socket_;
  const int wake_;  // an eventfd that ends the thread
  const Assert assert_stop_;
  std::thread thread_;
};

}  // namespace soarm
