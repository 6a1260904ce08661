#include "clients/cpp/connection.h"

#include <chrono>
#include <optional>
#include <utility>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/security/credentials.h>

#include "clients/cpp/error.h"
#include "clients/cpp/grpc_error.h"
#include "clients/cpp/loopback.h"
#include "clients/cpp/tls_fault.h"
#include "common/base/problem.h"
#include "common/tls/authority.h"

namespace soarm::client {
namespace {

using google::protobuf::Message;
using AnyStub = grpc::TemplatedGenericStub<Message, Message>;

std::chrono::system_clock::time_point DeadlineIn(Nanos timeout) {
  return std::chrono::system_clock::now() +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(timeout);
}

void Limit(grpc::ClientContext& context, Nanos timeout) {
  if (timeout > Nanos{0}) context.set_deadline(DeadlineIn(timeout));
}

// Waits for one operation at a time, with an eye on what the caller wants meanwhile.
class Waiter {
 public:
  Waiter(grpc::ClientContext& context, grpc::CompletionQueue& queue, const CallOptions& options)
      : context_(context), queue_(queue), options_(options) {}

  // False: the operation failed, and Finish() will say why.
  bool Await() {
    void* tag = nullptr;
    bool ok = false;
    const bool looks = options_.stop_grace > Nanos{0} || options_.quiet > Nanos{0};
    if (!looks) return queue_.Next(&tag, &ok) && ok;
    while (queue_.AsyncNext(&tag, &ok, DeadlineIn(kLookEvery)) == grpc::CompletionQueue::TIMEOUT) {
      Look();
    }
    return ok;
  }

  void Heard() {
    heard_at_ = Now();
    told_ = Nanos{0};
  }

 private:
  static constexpr Nanos kLookEvery = std::chrono::milliseconds(20);
  static MonoTime Now() { return MonoTime(std::chrono::steady_clock::now()); }

  void Look() {
    const MonoTime now = Now();
    if (options_.stop_grace > Nanos{0} && options_.stop.stop_requested()) {
      if (!cancel_at_) cancel_at_ = now + options_.stop_grace;
      if (now >= *cancel_at_) context_.TryCancel();
    }
    if (options_.quiet > Nanos{0} && now - heard_at_ >= told_ + options_.quiet) {
      told_ = now - heard_at_;
      if (options_.on_quiet) options_.on_quiet(told_);
    }
  }

  grpc::ClientContext& context_;
  grpc::CompletionQueue& queue_;
  const CallOptions& options_;
  std::optional<MonoTime> cancel_at_;
  MonoTime heard_at_ = Now();
  Nanos told_{0};
};

// Tries again soon after a daemon's return, however long it was away. An attempt that hears nothing
// is given up: a link that is back meanwhile would not carry it any more. Two seconds are enough
// for three round trips (of TCP, TLS and HTTP/2) of 0.6 s each.
constexpr int kFirstRetry_ms = 200;
constexpr int kSlowestRetry_ms = 1000;
constexpr int kConnectWithin_ms = 2000;
constexpr int kRefusedWithin_ms = kConnectWithin_ms / 2;
constexpr Nanos kHearsOfItsEnd = std::chrono::milliseconds(100);
constexpr Nanos kFaultPatience = std::chrono::seconds(2);
// Of a network, where a connection can die without a word. As often as the daemon allows, which
// means once a second while a call runs; an answer may take as long as a freeze that is worth
// sitting out.
constexpr int kKeepaliveEvery_ms = 1000;
constexpr int kKeepaliveWait_ms = 1000;

grpc::ChannelArguments Arguments(const Address& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);          // a robot is never behind a web proxy
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a transport of its own
  arguments.SetMaxReceiveMessageSize(-1);                   // byte logs grow large
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstRetry_ms);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kSlowestRetry_ms);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectWithin_ms);
  if (!address.target.starts_with("unix:")) {
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveEvery_ms);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveWait_ms);
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // also on a stream of states
  }
  // Robots' addresses change; whose server it is, its certificate says.
  if (address.tls) arguments.SetSslTargetNameOverride(tls::kServerName);
  return arguments;
}

std::shared_ptr<grpc::ChannelCredentials> CredentialsFor(const Address& address) {
  if (!address.tls) return grpc::InsecureChannelCredentials();
  return grpc::SslCredentials({.pem_root_certs = address.tls->authority,
                               .pem_private_key = address.tls->key,
                               .pem_cert_chain = address.tls->certificate});
}

absl::Status Unreachable(const Address& address) {
  const std::string other =
      address.chosen_by_default ? "name another address with --server." : "check the address.";
  const std::string start = "Start it with `soarmd` (`soarmd --sim` without hardware), or " + other;
  const std::string network =
      "See whether the robot is on and in the same network (`soarm discover`), and soarmd runs "
      "there.";
  return ToStatus({.code = absl::StatusCode::kUnavailable,
                   .reason = kDaemonUnreachable,
                   .subject = address.target,
                   .message = "No soarmd answers at " + address.target + ".",
                   .fix = address.tls ? network : start,
                   .facts = {{"address", address.target}}});
}

absl::Status Silent(const Address& address) {
  return ToStatus(
      {.code = absl::StatusCode::kDeadlineExceeded,
       .reason = kTimedOut,
       .subject = address.target,
       .message = "soarmd at " + address.target + " does not answer.",
       .fix = "See whether it hangs (its log, `systemctl status soarmd`) and restart it.",
       .facts = {{"address", address.target}}});
}

std::shared_ptr<grpc::Channel> MakeChannel(const Address& address) {
  return grpc::CreateCustomChannel(address.target, CredentialsFor(address), Arguments(address));
}

// Also for who made the address themselves: what no connection comes of, or should.
absl::Status CheckFitness(const Address& address) {
  if (!address.tls) {
    if (StaysOnThisComputer(address.target)) return absl::OkStatus();
    return Refuse(absl::StatusCode::kInvalidArgument, "NOT_PAIRED", address.target,
                  address.target + " is another computer, where plain text goes to nobody.",
                  "Pair with the robot there, and connect by the name that it has here.");
  }
  const auto fault = FindCredentialFault(*address.tls);
  if (!fault) return absl::OkStatus();
  return Refuse(absl::StatusCode::kFailedPrecondition, "BAD_ROBOT_FILE", fault->file,
                "The " + fault->file + " for the robot " + address.robot +
                    " cannot be used: " + fault->why + ".",
                "Pair again: `soarm pair open` on the robot.");
}

// Of what failed: what is wrong with the certificates; that nobody is there, which silence looks
// like from a network; else `status`.
absl::Status LookAgain(const absl::Status& status, const Address& address) {
  if (!address.tls) return status;
  const TlsLook look = LookAtTls(address, kFaultPatience);
  if (!look.fault.ok()) return look.fault;
  return absl::IsDeadlineExceeded(status) && look.unreachable ? Unreachable(address) : status;
}

// Whether the channel, on which a call has failed, connects again, as far as `patience` shows:
// false once an attempt has failed.
bool Connects(grpc::Channel& channel, Nanos patience) {
  const auto deadline = DeadlineIn(patience);
  // It may hear of its transport's end after the call did.
  channel.WaitForStateChange(GRPC_CHANNEL_READY, DeadlineIn(kHearsOfItsEnd));
  grpc_connectivity_state state = channel.GetState(/*try_to_connect=*/true);
  while (state == GRPC_CHANNEL_IDLE || state == GRPC_CHANNEL_CONNECTING) {
    if (!channel.WaitForStateChange(state, deadline)) return false;
    state = channel.GetState(true);
  }
  return state == GRPC_CHANNEL_READY;
}

}  // namespace

Connection::Connection(Address address, std::shared_ptr<grpc::Channel> channel)
    : address_(std::move(address)), channel_(std::move(channel)), reviver_(channel_) {}

Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Address& address, Nanos timeout,
                                                             const std::stop_token& stop) {
  if (absl::Status unfit = CheckFitness(address); !unfit.ok()) return unfit;
  std::shared_ptr<grpc::Channel> channel = MakeChannel(address);

  const auto deadline = DeadlineIn(timeout);
  const auto refused_before =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(kRefusedWithin_ms);
  grpc_connectivity_state state = channel->GetState(/*try_to_connect=*/true);
  while (state != GRPC_CHANNEL_READY) {
    if (stop.stop_requested()) return InterruptedError();
    const bool late = std::chrono::system_clock::now() >= deadline;
    // A refusal comes at once; what fails later was silent, and is tried again.
    const bool refused = state == GRPC_CHANNEL_TRANSIENT_FAILURE &&
                         std::chrono::steady_clock::now() < refused_before;
    if (refused || state == GRPC_CHANNEL_SHUTDOWN) {
      return LookAgain(Unreachable(address), address);
    }
    if (late) return LookAgain(Silent(address), address);
    // Short waits, because a stop request cannot cut one short.
    channel->WaitForStateChange(state, DeadlineIn(std::chrono::milliseconds(50)));
    state = channel->GetState(true);
  }
  return std::unique_ptr<Connection>(new Connection(address, std::move(channel)));
}

// A transport that failed answers nobody until it has connected again by itself (reviver.h): a stop
// does not wait for that, and takes a new one.
std::shared_ptr<grpc::Channel> Connection::StopChannel() {
  const std::lock_guard lock(mutex_);
  if (stop_channel_ == nullptr ||
      stop_channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_TRANSIENT_FAILURE) {
    stop_channel_ = MakeChannel(address_);
  }
  return stop_channel_;
}

// A link that broke is given the time to come back: where it connects again, the certificates are
// good, and the next call finds it ready.
absl::Status Connection::Explained(const absl::Status& status) {
  if (status.ok() || ProblemOf(status).reason == kInterrupted) return status;
  const bool broken = absl::IsUnavailable(status);
  if (broken) Revive();
  const bool late = absl::IsDeadlineExceeded(status) &&
                    channel_->GetState(/*try_to_connect=*/false) != GRPC_CHANNEL_READY;
  if (!address_.tls || !(broken || late)) return status;
  return Connects(*channel_, kFaultPatience) ? status : LookAgain(status, address_);
}

absl::Status Connection::FindFault() const { return LookAtTls(address_, kFaultPatience).fault; }

bool Connection::is_up() const {
  return channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY;
}

// On the wire a unary call is a stream of one message each way.
absl::Status Connection::CallByName(const std::string& path, const Message& request,
                                    Message& response, const CallOptions& options) {
  return WatchByName(path, request, response, [] { return true; }, options);
}

absl::Status Connection::WatchByName(const std::string& path, const Message& request,
                                     Message& response, const std::function<bool()>& on_message,
                                     const CallOptions& options) {
  grpc::ClientContext context;
  Limit(context, options.timeout);
  grpc::CompletionQueue queue;
  Waiter waiter(context, queue, options);
  AnyStub stub(path == kStop.path ? StopChannel() : channel_);
  const auto call = stub.PrepareCall(&context, path, &queue);
  const bool at_once = options.stop_grace <= Nanos{0};
  const std::stop_callback cancel(at_once ? options.stop : std::stop_token(),
                                  [&context] { context.TryCancel(); });

  bool enough = false;
  call->StartCall(nullptr);
  bool going = waiter.Await();
  if (going) {
    call->WriteLast(request, grpc::WriteOptions(), nullptr);
    going = waiter.Await();
  }
  while (going) {
    call->Read(&response, nullptr);
    going = waiter.Await();
    if (!going) break;
    waiter.Heard();
    if (look_) look_(response);
    if (!on_message()) {
      enough = true;
      context.TryCancel();
      break;
    }
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  waiter.Await();
  if (enough) return absl::OkStatus();
  return Explained(FromGrpc(status, target(), path, options.stop.stop_requested()));
}

}  // namespace soarm::client
