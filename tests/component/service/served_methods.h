#pragma once

#include <memory>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <grpcpp/channel.h>

namespace soarm {

// Every method of every service that answers there, but those of reflection, which are gRPC's own.
std::vector<const google::protobuf::MethodDescriptor*> ServedMethods(
    const std::shared_ptr<grpc::Channel>& channel);

}  // namespace soarm
