#pragma once

#include <memory>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/channel.h>

namespace soarm {

// What grpcurl asks of a server, through grpc.reflection.v1alpha.
class ReflectionClient {
 public:
  explicit ReflectionClient(std::shared_ptr<grpc::Channel> channel)
      : channel_(std::move(channel)) {}

  std::vector<std::string> ListServices();
  // The file that defines `symbol` and those it needs; empty when the server cannot describe it.
  std::vector<google::protobuf::FileDescriptorProto> FilesFor(const std::string& symbol);

 private:
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace soarm
