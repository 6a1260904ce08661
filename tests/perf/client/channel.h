#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

namespace soarm::perf {

// "--name value" pairs after the subcommand and its plain arguments.
class Arguments {
 public:
  Arguments(int argc, char** argv) {
    for (int i = 2; i < argc; ++i) {
      const std::string_view argument = argv[i];
      if (argument.starts_with("--") && i + 1 < argc) {
        options_[std::string(argument.substr(2))] = argv[++i];
      } else {
        plain_.emplace_back(argument);
      }
    }
  }
  std::string Plain(std::size_t index) const {
    return index < plain_.size() ? plain_[index] : std::string();
  }
  std::string Text(const std::string& name, const std::string& fallback) const {
    const auto found = options_.find(name);
    return found == options_.end() ? fallback : found->second;
  }
  double Number(const std::string& name, double fallback) const {
    const auto found = options_.find(name);
    return found == options_.end() ? fallback : std::stod(found->second);
  }

 private:
  std::vector<std::string> plain_;
  std::map<std::string, std::string> options_;
};

inline std::string FileText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A connection of its own for each `number`: clients on one host would else share one. By TLS to
// tls:FOLDER@HOST:PORT, where FOLDER is that of a paired robot.
inline std::shared_ptr<grpc::Channel> Connect(const std::string& address, int number = 0) {
  grpc::ChannelArguments arguments;
  arguments.SetInt("soarm.perf.connection", number);
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 10);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 10);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 20);
  if (!address.starts_with("tls:")) {
    return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  }
  const std::size_t at = address.rfind('@');
  const std::string folder = address.substr(4, at - 4);
  arguments.SetSslTargetNameOverride("robot.soarm");
  const grpc::SslCredentialsOptions options{.pem_root_certs = FileText(folder + "/robot.crt"),
                                            .pem_private_key = FileText(folder + "/client.key"),
                                            .pem_cert_chain = FileText(folder + "/client.crt")};
  return grpc::CreateCustomChannel(address.substr(at + 1), grpc::SslCredentials(options),
                                   arguments);
}

// The subcommands; each returns the exit code.
int Call(const Arguments& arguments);
int Watch(const Arguments& arguments);
int Clock(const Arguments& arguments);
int Drive(const Arguments& arguments);
int First(const Arguments& arguments);

}  // namespace soarm::perf
