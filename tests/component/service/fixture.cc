#include "tests/component/service/fixture.h"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <google/protobuf/io/coded_stream.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/generic/generic_stub.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace soarm {
namespace {

// One field of a message whose type is not at hand: a number, or the bytes of a string or message.
struct RawField {
  int number = 0;
  std::uint64_t value = 0;
  std::string bytes;
};

std::vector<RawField> ParseRaw(const std::string& message) {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(message.data()),
                                            static_cast<int>(message.size()));
  std::vector<RawField> fields;
  while (const std::uint32_t tag = in.ReadTag()) {
    RawField field;
    field.number = static_cast<int>(tag >> 3U);
    std::uint32_t size = 0;
    if ((tag & 7U) == 0) {
      EXPECT_TRUE(in.ReadVarint64(&field.value));
    } else {
      EXPECT_EQ(tag & 7U, 2U);
      EXPECT_TRUE(in.ReadVarint32(&size) && in.ReadString(&field.bytes, static_cast<int>(size)));
    }
    fields.push_back(field);
  }
  return fields;
}

}  // namespace

ScratchFolder::ScratchFolder() {
  std::string path = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  path_ = path;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

absl::StatusOr<std::unique_ptr<ServedDoor>> Serve(
    RpcPorts ports, const ServingOptions& options,
    const std::vector<grpc::Service*>& extra_services) {
  auto served = std::make_unique<ServedDoor>();
  auto door = FrontDoor::Bind(options.listen, options.limits, ports.clients, served->callers);
  if (!door.ok()) return door.status();
  served->door = *std::move(door);
  ports.door = served->door.get();
  auto server = RpcServer::Start(ports, {.identity = options.identity}, extra_services);
  if (!server.ok()) return server.status();
  served->server = *std::move(server);
  return served;
}

ServedRobot::ServedRobot(const std::vector<std::string>& models, const ServingOptions& options,
                         std::vector<NamedPose> configured)
    : robot(clock, models), poses(std::make_unique<PoseBook>("", std::move(configured))) {
  auto started = Serve(ports(), options);
  EXPECT_TRUE(started.ok()) << started.status().ToString();
  server = *std::move(started);
  channel = server->InProcessChannel();
}

ServedRobot::~ServedRobot() { server->Shutdown(); }

v1::ErrorDetail DetailOf(const grpc::Status& status) {
  v1::ErrorDetail detail;
  std::optional<std::string> any;
  for (const RawField& field : ParseRaw(status.error_details())) {
    if (field.number == 1) {
      EXPECT_EQ(field.value, static_cast<std::uint64_t>(status.error_code()));
    }
    if (field.number == 2) {
      EXPECT_EQ(field.bytes, status.error_message());
    }
    if (field.number == 3) any = field.bytes;
  }
  if (!any) {
    ADD_FAILURE() << "no detail in: " << status.error_code() << " " << status.error_message();
    return detail;
  }
  for (const RawField& field : ParseRaw(*any)) {
    if (field.number == 1) {
      EXPECT_EQ(field.bytes, "type.googleapis.com/soarm.v1.ErrorDetail");
    }
    if (field.number == 2) {
      EXPECT_TRUE(detail.ParseFromString(field.bytes));
    }
  }
  EXPECT_EQ(detail.message(), status.error_message());
  return detail;
}

grpc::Status CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                     const std::string& bytes) {
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  const auto context = Patiently();
  const auto next = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto call = stub.PrepareCall(context.get(), method, &queue);
  call->StartCall(nullptr);
  next();
  call->WriteLast(request, grpc::WriteOptions(), nullptr);
  next();
  grpc::ByteBuffer response;
  do {
    call->Read(&response, nullptr);
  } while (next());
  grpc::Status status;
  call->Finish(&status, nullptr);
  EXPECT_TRUE(next());
  return status;
}

std::unique_ptr<grpc::ClientContext> Patiently() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  return context;
}

std::shared_ptr<grpc::Channel> ConnectFrom(const std::string& name, const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un own{};
  own.sun_family = AF_UNIX;
  std::memcpy(own.sun_path + 1, name.data(), name.size());  // after a NUL: abstract
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&own), size), 0) << std::strerror(errno);
  sockaddr_un server{};
  server.sun_family = AF_UNIX;
  std::memcpy(server.sun_path, path.data(), path.size());
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&server), sizeof server), 0)
      << std::strerror(errno);
  EXPECT_EQ(::fcntl(fd, F_SETFL, O_NONBLOCK), 0);
  return grpc::CreateInsecureChannelFromFd("server", fd);
}

}  // namespace soarm
