#include "tests/component/service/reflection_client.h"

#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <gtest/gtest.h>

#include "tests/component/service/fixture.h"

namespace soarm {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;

// Debian ships no header for the reflection messages, but their descriptors are linked in.
std::unique_ptr<Message> New(const std::string& name) {
  const Descriptor* type =
      DescriptorPool::generated_pool()->FindMessageTypeByName("grpc.reflection.v1alpha." + name);
  EXPECT_NE(type, nullptr) << name;
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(type)->New());
}

const Message& Sub(const Message& message, const char* field) {
  return message.GetReflection()->GetMessage(message,
                                             message.GetDescriptor()->FindFieldByName(field));
}

// One question, one answer; `request` in text format.
std::unique_ptr<Message> Ask(const std::shared_ptr<grpc::Channel>& channel,
                             const std::string& request) {
  const std::unique_ptr<Message> question = New("ServerReflectionRequest");
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(request, question.get()));
  const grpc::Slice slice(question->SerializeAsString());
  const grpc::ByteBuffer out(&slice, 1);

  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  const auto context = Patiently();
  const auto next = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto call = stub.PrepareCall(
      context.get(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  grpc::ByteBuffer in;
  grpc::Status status;
  call->StartCall(nullptr);
  EXPECT_TRUE(next());
  call->Write(out, nullptr);
  EXPECT_TRUE(next());
  call->Read(&in, nullptr);
  EXPECT_TRUE(next());
  call->WritesDone(nullptr);
  EXPECT_TRUE(next());
  call->Finish(&status, nullptr);
  EXPECT_TRUE(next());
  EXPECT_TRUE(status.ok()) << status.error_message();

  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(in.Dump(&slices).ok());
  std::string bytes;
  for (const grpc::Slice& part : slices) {
    bytes.append(reinterpret_cast<const char*>(part.begin()), part.size());
  }
  std::unique_ptr<Message> answer = New("ServerReflectionResponse");
  EXPECT_TRUE(answer->ParseFromString(bytes));
  return answer;
}

}  // namespace

std::vector<std::string> ReflectionClient::ListServices() {
  const auto answer = Ask(channel_, R"(list_services: "")");
  const Message& list = Sub(*answer, "list_services_response");
  const FieldDescriptor* services = list.GetDescriptor()->FindFieldByName("service");
  std::vector<std::string> names;
  for (int i = 0; i < list.GetReflection()->FieldSize(list, services); ++i) {
    const Message& service = list.GetReflection()->GetRepeatedMessage(list, services, i);
    names.push_back(service.GetReflection()->GetString(
        service, service.GetDescriptor()->FindFieldByName("name")));
  }
  return names;
}

std::vector<google::protobuf::FileDescriptorProto> ReflectionClient::FilesFor(
    const std::string& symbol) {
  const auto answer = Ask(channel_, "file_containing_symbol: \"" + symbol + "\"");
  const Message& found = Sub(*answer, "file_descriptor_response");
  const FieldDescriptor* bytes = found.GetDescriptor()->FindFieldByName("file_descriptor_proto");
  std::vector<google::protobuf::FileDescriptorProto> files;
  for (int i = 0; i < found.GetReflection()->FieldSize(found, bytes); ++i) {
    EXPECT_TRUE(files.emplace_back().ParseFromString(
        found.GetReflection()->GetRepeatedString(found, bytes, i)));
  }
  return files;
}

}  // namespace soarm
