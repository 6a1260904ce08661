// `call`: one unary method, found by its name in the descriptors that are linked in.

#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include "soarm/sim/v1/sim.pb.h"
#include "soarm/v1/lease.pb.h"
#include "soarm/v1/motion.pb.h"
#include "soarm/v1/pairing.pb.h"
#include "soarm/v1/robot.pb.h"
#include "soarm/v1/safety.pb.h"
#include "soarm/v1/state.pb.h"
#include "tests/perf/client/channel.h"

namespace soarm::perf {
namespace {

namespace pb = google::protobuf;

// A static library keeps only what is named: naming one message of each file registers all.
const pb::Descriptor* const kLinked[] = {
    v1::GetStatusRequest::descriptor(),
    v1::GetStateRequest::descriptor(),
    v1::LeaseRef::descriptor(),
    v1::MoveToRequest::descriptor(),
    v1::StopRequest::descriptor(),
    v1::OpenPairingRequest::descriptor(),
    sim::v1::GetTruthRequest::descriptor(),
};

const pb::MethodDescriptor* FindMethod(const std::string& path) {
  std::string name = path.substr(path.starts_with('/') ? 1 : 0);
  if (const std::size_t slash = name.find('/'); slash != std::string::npos) name[slash] = '.';
  return kLinked[0] == nullptr ? nullptr
                               : pb::DescriptorPool::generated_pool()->FindMethodByName(name);
}

std::unique_ptr<pb::Message> Make(const pb::Descriptor* type) {
  return std::unique_ptr<pb::Message>(
      pb::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

grpc::Status CallAndWait(const std::string& address, const std::string& path,
                         const grpc::ByteBuffer& request, grpc::ByteBuffer& response) {
  grpc::GenericStub stub(Connect(address));
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
  grpc::Status status;
  stub.UnaryCall(&context, path, {}, &request, &response, [&](grpc::Status result) {
    const std::lock_guard lock(mutex);
    status = std::move(result);
    done = true;
    ended.notify_one();
  });
  std::unique_lock lock(mutex);
  ended.wait(lock, [&done] { return done; });
  return status;
}

}  // namespace

int Call(const Arguments& arguments) {
  const std::string path = arguments.Plain(1);
  const pb::MethodDescriptor* method = FindMethod(path);
  if (method == nullptr) {
    std::fprintf(stderr, "%s: no such method\n", path.c_str());
    return 2;
  }
  const std::unique_ptr<pb::Message> request = Make(method->input_type());
  const std::unique_ptr<pb::Message> response = Make(method->output_type());
  const std::string json = arguments.Plain(2).empty() ? "{}" : arguments.Plain(2);
  if (const auto parsed = pb::util::JsonStringToMessage(json, request.get()); !parsed.ok()) {
    std::fprintf(stderr, "%s\n", parsed.ToString().c_str());
    return 2;
  }

  grpc::ByteBuffer sent;
  grpc::ByteBuffer received;
  bool own_buffer = false;
  grpc::GenericSerialize<grpc::ProtoBufferWriter, pb::Message>(*request, &sent, &own_buffer);
  grpc::Status status = CallAndWait(arguments.Plain(0), path, sent, received);
  if (status.ok()) {
    status =
        grpc::GenericDeserialize<grpc::ProtoBufferReader, pb::Message>(&received, response.get());
  }
  if (!status.ok()) {
    std::fprintf(stderr, "%s: %d %s\n", path.c_str(), static_cast<int>(status.error_code()),
                 status.error_message().c_str());
    return 1;
  }
  pb::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  if (!pb::util::MessageToJsonString(*response, &text, options).ok()) return 1;
  std::puts(text.c_str());
  return 0;
}

}  // namespace soarm::perf
