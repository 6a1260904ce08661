#include "clients/cpp/connection.h"

#include <chrono>
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
#include "common/base/problem.h"

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

// Blocks for the one operation in flight. False: it failed, and Finish() will say why.
bool Await(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue.Next(&tag, &ok) && ok;
}

absl::Status Unreachable(const Address& address) {
  const std::string other =
      address.chosen_by_default ? "name another address with --server." : "check the address.";
  return ToStatus({.code = absl::StatusCode::kUnavailable,
                   .reason = kDaemonUnreachable,
                   .subject = address.target,
                   .message = "No soarmd answers at " + address.target + ".",
                   .fix = "Start it with `soarmd` (`soarmd --sim` without hardware), or " + other,
                   .facts = {{"address", address.target}}});
}

}  // namespace

Connection::Connection(std::string target, std::shared_ptr<grpc::Channel> channel)
    : target_(std::move(target)), channel_(std::move(channel)) {}

Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Address& address, Nanos timeout,
                                                             const std::stop_token& stop) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);  // a robot is never behind a web proxy
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);  // byte logs grow large
  std::shared_ptr<grpc::Channel> channel =
      grpc::CreateCustomChannel(address.target, grpc::InsecureChannelCredentials(), arguments);

  const auto deadline = DeadlineIn(timeout);
  grpc_connectivity_state state = channel->GetState(/*try_to_connect=*/true);
  while (state != GRPC_CHANNEL_READY) {
    if (stop.stop_requested()) return InterruptedError();
    const bool late = std::chrono::system_clock::now() >= deadline;
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE || state == GRPC_CHANNEL_SHUTDOWN || late) {
      return Unreachable(address);
    }
    // Short waits, because a stop request cannot cut one short.
    channel->WaitForStateChange(state, DeadlineIn(std::chrono::milliseconds(50)));
    state = channel->GetState(true);
  }
  return std::unique_ptr<Connection>(new Connection(address.target, std::move(channel)));
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
  AnyStub stub(channel_);
  const auto call = stub.PrepareCall(&context, path, &queue);
  const std::stop_callback cancel(options.stop, [&context] { context.TryCancel(); });

  bool enough = false;
  call->StartCall(nullptr);
  bool going = Await(queue);
  if (going) {
    call->WriteLast(request, grpc::WriteOptions(), nullptr);
    going = Await(queue);
  }
  while (going) {
    call->Read(&response, nullptr);
    going = Await(queue);
    if (going && !on_message()) {
      enough = true;
      context.TryCancel();
      break;
    }
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  Await(queue);
  if (enough) return absl::OkStatus();
  return FromGrpc(status, target_, path, options.stop.stop_requested());
}

}  // namespace soarm::client
