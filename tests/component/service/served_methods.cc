#include "tests/component/service/served_methods.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/component/service/reflection_client.h"

namespace soarm {

std::vector<const google::protobuf::MethodDescriptor*> ServedMethods(
    const std::shared_ptr<grpc::Channel>& channel) {
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const std::string& name : ReflectionClient(channel).ListServices()) {
    if (name.starts_with("grpc.reflection.")) continue;
    const google::protobuf::ServiceDescriptor* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    EXPECT_NE(service, nullptr) << name;
    for (int i = 0; service != nullptr && i < service->method_count(); ++i) {
      methods.push_back(service->method(i));
    }
  }
  return methods;
}

}  // namespace soarm
