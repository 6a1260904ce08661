#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <grpcpp/channel.h>

namespace soarm::test {

// A client that nobody knows: it calls every method with whatever it likes, leaves in the middle of
// calls, and now and then with its connection. It takes no lease from anybody.
//
// Threads  one.
class Stranger {
 public:
  // The daemon's Unix socket, the methods that it calls, and texts that mean something there.
  Stranger(std::string socket, std::vector<const google::protobuf::MethodDescriptor*> methods,
           std::vector<std::string> names, std::uint64_t seed);
  ~Stranger();
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;

  // One call, from its beginning to its end or to where it is left.
  void CallOne();

  // How calls ended, by method and code ("left" where nobody waited for it): what was reached.
  const std::map<std::string, std::map<std::string, int>>& ends() const { return ends_; }

 private:
  void Connect();
  void Vanish();
  // How it ended.
  std::string Talk(const google::protobuf::MethodDescriptor& method);
  std::string BytesFor(const google::protobuf::Descriptor& type);

  const std::string socket_;
  const std::vector<const google::protobuf::MethodDescriptor*> methods_;
  const std::vector<std::string> names_;
  std::mt19937_64 random_;
  int descriptor_ = -1;  // a second one of the connection, to break it
  std::shared_ptr<grpc::Channel> channel_;
  std::map<std::string, std::map<std::string, int>> ends_;
};

// Every method of the services of soarm.v1.
std::vector<const google::protobuf::MethodDescriptor*> AllMethods();

}  // namespace soarm::test
