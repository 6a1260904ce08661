#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

#include "clients/cpp/address.h"
#include "clients/cpp/methods.h"
#include "clients/cpp/reviver.h"
#include "common/time/clock.h"

namespace grpc {
class Channel;
}

namespace soarm::client {

struct CallOptions {
  Nanos timeout = std::chrono::seconds(5);  // zero: none
  std::stop_token stop{};                   // when requested, the call ends with INTERRUPTED
  // So much longer is the answer waited for after a stop request: for calls whose effect would
  // otherwise stay unknown.
  Nanos stop_grace{0};
  // Called on the caller's thread whenever no message has come for another `quiet`, with how long
  // it has been since the last one. The call goes on.
  Nanos quiet{0};  // zero: never
  std::function<void(Nanos since_last)> on_quiet{};
};

// One connection to a daemon. All calls take messages and a method's typed name, so that a program
// on top of it compiles without gRPC's headers; `channel()` is there for those who prefer stubs.
//
// A daemon allows 256 calls and streams at a time on one transport; the next one waits in the
// client, and fails only at its deadline. Stop therefore travels on a transport of its own, which
// nothing else fills. Who uses `channel()` has to see to that, e.g. by StopRobot() (stop.h).
//
// A connection whose daemon or network went away connects anew by itself: calls fail with
// DAEMON_UNREACHABLE until it is back, and work again within two seconds of that, three where a
// round trip takes 0.3 s. What ran then has ended: a StateWatch begins anew, a CommandStream does
// not, nor a Lease that could not be renewed in time, so that nothing moves unasked.
//
// A network connection that died without a word ends two seconds after it last carried anything, if
// a call is under way; one that is merely frozen for a second goes on.
//
// Threads    any; calls may overlap and block their caller only.
// Ownership  must outlive whatever was made from it (Lease, StateWatch, CommandStream).
class Connection {
 public:
  // Connects, waiting `timeout` at most.
  //   kUnavailable DAEMON_UNREACHABLE  nobody is there, or takes a connection: the fix says how to
  //                                    start it, or that its computer may be off
  //   kDeadlineExceeded TIMED_OUT      somebody may be, but did not answer in time
  //   kCancelled INTERRUPTED           `stop` was requested
  //   kUnauthenticated                 what LookAtTls() finds about a paired robot
  //   kInvalidArgument NOT_PAIRED      plain text to another computer; nothing was sent
  //   kFailedPrecondition BAD_ROBOT_FILE   a key or certificate that cannot be used
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Address& address,
                                                          Nanos timeout = std::chrono::seconds(3),
                                                          const std::stop_token& stop = {});

  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(UnaryMethod<Request, Response> method, const Request& request,
                                const CallOptions& options = {}) {
    Response response;
    if (absl::Status status = CallByName(method.path, request, response, options); !status.ok()) {
      return status;
    }
    return response;
  }

  // Hands every response to `on_message` on the caller's thread, until the daemon ends the stream
  // or `on_message` returns false, which cancels it and counts as success.
  template <typename Request, typename Response>
  absl::Status Watch(WatchMethod<Request, Response> method, const Request& request,
                     const std::type_identity_t<std::function<bool(const Response&)>>& on_message,
                     const CallOptions& options = {.timeout = Nanos{0}}) {
    Response response;
    return WatchByName(
        method.path, request, response, [&] { return on_message(response); }, options);
  }

  // The same for methods found at run time. `path` is "/package.Service/Method"; the messages must
  // be of its types.
  absl::Status CallByName(const std::string& path, const google::protobuf::Message& request,
                          google::protobuf::Message& response, const CallOptions& options = {});
  absl::Status WatchByName(const std::string& path, const google::protobuf::Message& request,
                           google::protobuf::Message& response,
                           const std::function<bool()>& on_message, const CallOptions& options);

  // For who has seen a call on `channel()` fail with UNAVAILABLE: connects anew in the background.
  void Revive() { reviver_.Revive(); }
  // For the same: whether it can connect again at all, or what LookAtTls() finds. Blocks for two
  // seconds at most. Every call of this class that fails has asked already.
  absl::Status FindFault() const;
  // Whether a call could go out at once.
  bool is_up() const;

  // Lets `look` see, and change, every message that comes through a call or watch, before the
  // caller does; on the calling thread. To be set before the first call.
  void OnReceived(std::function<void(google::protobuf::Message&)> look) { look_ = std::move(look); }

  const std::string& target() const { return address_.target; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  Connection(Address address, std::shared_ptr<grpc::Channel> channel);
  std::shared_ptr<grpc::Channel> StopChannel();
  absl::Status Explained(const absl::Status& status);

  const Address address_;
  const std::shared_ptr<grpc::Channel> channel_;
  std::function<void(google::protobuf::Message&)> look_;
  std::mutex mutex_;
  std::shared_ptr<grpc::Channel> stop_channel_;  // guarded by mutex_; null until it is needed
  Reviver reviver_;
};

}  // namespace soarm::client
