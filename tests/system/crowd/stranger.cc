#include "tests/system/crowd/stranger.h"

#include <chrono>
#include <sstream>
#include <utility>

#include <google/protobuf/message.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "soarm/v1/error.pb.h"
#include "soarm/v1/lease.pb.h"
#include "soarm/v1/motion.pb.h"
#include "soarm/v1/pairing.pb.h"
#include "soarm/v1/pose.pb.h"
#include "soarm/v1/robot.pb.h"
#include "soarm/v1/safety.pb.h"
#include "soarm/v1/state.pb.h"
#include "tests/system/crowd/random_message.h"

namespace soarm::test {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using std::chrono::milliseconds;

constexpr unsigned kVanishesOneIn = 30;  // calls
constexpr unsigned kMalformedOneIn = 5;  // messages
constexpr milliseconds kPatience(300);
constexpr const char* kLeft = "left";

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

// A call in which one thing at a time is under way; what is not there in time ends it.
class Call {
 public:
  Call(const std::shared_ptr<grpc::Channel>& channel, const MethodDescriptor& method)
      : stub_(channel) {
    const std::string path = "/" + method.service()->full_name() + "/" + method.name();
    call_ = stub_.PrepareCall(&context_, path, &queue_);
    call_->StartCall(nullptr);
  }
  ~Call() {
    context_.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // kLate: it is still under way, and nothing else may be begun.
  enum class Came : std::uint8_t { kDone, kRefused, kLate };
  Came Next(milliseconds patience) {
    void* tag = nullptr;
    bool ok = false;
    const auto until = std::chrono::system_clock::now() + patience;
    const auto got = queue_.AsyncNext(&tag, &ok, until);
    if (got != grpc::CompletionQueue::GOT_EVENT) return Came::kLate;
    return ok ? Came::kDone : Came::kRefused;
  }
  Came Write(const std::string& bytes) {
    out_ = BufferOf(bytes);
    call_->Write(out_, nullptr);
    return Next(kPatience);
  }
  Came NoMore() {
    call_->WritesDone(nullptr);
    return Next(kPatience);
  }
  Came Read(milliseconds patience) {
    call_->Read(&in_, nullptr);
    return Next(patience);
  }
  std::string End() {
    call_->Finish(&status_, nullptr);
    return Next(kPatience) == Came::kDone ? std::to_string(status_.error_code()) : kLeft;
  }

 private:
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  grpc::ByteBuffer out_;
  grpc::ByteBuffer in_;
  grpc::Status status_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

// A preempted holder has no more verdicts to miss; that strangers get no lease by force is the
// lease tests' to show.
void TakeNothing(Message& message) {
  auto* const acquire = google::protobuf::DynamicCastToGenerated<v1::AcquireLeaseRequest>(&message);
  if (acquire != nullptr) acquire->set_preempt(false);
}

}  // namespace

std::vector<const MethodDescriptor*> AllMethods() {
  // What no message is taken from the linker leaves out.
  const Message* const linked[] = {
      &v1::ErrorDetail::default_instance(),   &v1::LeaseRef::default_instance(),
      &v1::MoveToRequest::default_instance(), &v1::PairedClient::default_instance(),
      &v1::Pose::default_instance(),          &v1::GetStatusRequest::default_instance(),
      &v1::StopRequest::default_instance(),   &v1::StateFrame::default_instance()};
  for (const Message* const message : linked) EXPECT_FALSE(message->GetTypeName().empty());
  std::vector<const MethodDescriptor*> methods;
  std::istringstream files(SOARM_PROTO_FILES);
  for (std::string name; std::getline(files, name, ',');) {
    const FileDescriptor* const file = DescriptorPool::generated_pool()->FindFileByName(name);
    if (file == nullptr) {
      ADD_FAILURE() << name << " is not linked in: take one of its messages above";
      continue;
    }
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        methods.push_back(file->service(i)->method(j));
      }
    }
  }
  return methods;
}

Stranger::Stranger(std::string socket, std::vector<const MethodDescriptor*> methods,
                   std::vector<std::string> names, std::uint64_t seed)
    : socket_(std::move(socket)),
      methods_(std::move(methods)),
      names_(std::move(names)),
      random_(seed) {}

Stranger::~Stranger() { Vanish(); }

void Stranger::Connect() {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ADD_FAILURE() << "nobody listens on " << socket_;
    ::close(socket);
    return;
  }
  descriptor_ = ::dup(socket);
  channel_ = grpc::CreateInsecureChannelFromFd("stranger", socket);
}

void Stranger::Vanish() {
  if (descriptor_ < 0) return;
  ::shutdown(descriptor_, SHUT_RDWR);
  ::close(std::exchange(descriptor_, -1));
  channel_.reset();
}

std::string Stranger::BytesFor(const google::protobuf::Descriptor& type) {
  const std::unique_ptr<Message> message(
      MessageFactory::generated_factory()->GetPrototype(&type)->New());
  RandomMessage random(random_, names_);
  random.Fill(*message);
  TakeNothing(*message);
  std::string bytes = message->SerializeAsString();
  return random_() % kMalformedOneIn == 0 ? random.Spoil(std::move(bytes)) : bytes;
}

void Stranger::CallOne() {
  if (channel_ == nullptr || random_() % kVanishesOneIn == 0) {
    Vanish();
    Connect();
  }
  if (channel_ == nullptr) return;
  const MethodDescriptor& method = *methods_[random_() % methods_.size()];
  ++ends_[method.full_name()][Talk(method)];
}

std::string Stranger::Talk(const MethodDescriptor& method) {
  using Came = Call::Came;
  Call call(channel_, method);
  if (call.Next(kPatience) != Came::kDone) return kLeft;
  const std::uint64_t messages = method.client_streaming() ? random_() % 20 : 1;
  Came came = Came::kDone;
  for (std::uint64_t i = 0; i < messages && came == Came::kDone; ++i) {
    came = call.Write(BytesFor(*method.input_type()));
  }
  // Leaves before it has said that this is all, before it has heard anything, or while it listens.
  const std::uint64_t leaves = random_() % 8;
  if (came == Came::kLate || leaves == 0) return kLeft;
  if (came == Came::kDone) came = call.NoMore();
  if (came == Came::kLate || leaves == 1) return kLeft;
  const milliseconds listens(leaves == 2 ? random_() % 20 : 300);
  const std::uint64_t answers = method.server_streaming() ? 1 + random_() % 5 : 1;
  came = Came::kDone;
  for (std::uint64_t i = 0; i < answers && came == Came::kDone; ++i) came = call.Read(listens);
  const bool is_over = came == Came::kRefused || !method.server_streaming();
  return came != Came::kLate && is_over ? call.End() : kLeft;
}

}  // namespace soarm::test
