#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace grpc {
class Channel;
}

namespace soarm::client {

// Sees a channel through until it is connected again. gRPC makes connections on the threads of
// calls that wait for one; while a channel fails, calls fail at once and nobody is left to hear
// that the other end answers by now, but for a poll every 5 s, which is later than an attempt may
// take.
//
// Threads    any. Owns one, from the first Revive() on; the destructor joins it within 50 ms.
class Reviver {
 public:
  explicit Reviver(std::shared_ptr<grpc::Channel> channel);
  ~Reviver();
  Reviver(const Reviver&) = delete;
  Reviver& operator=(const Reviver&) = delete;

  // Connects the channel in the background, trying until it is; nothing where it is already.
  void Revive();

 private:
  void Run(const std::stop_token& stop);

  const std::shared_ptr<grpc::Channel> channel_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable_any asked_;
  bool wanted_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace soarm::client
