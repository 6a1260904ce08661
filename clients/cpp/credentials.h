#pragma once

#include <optional>
#include <string>

namespace soarm::client {

// What a TLS connection to one robot is made with, in PEM.
struct TlsCredentials {
  std::string authority;    // the robot's own certificate: who signs its server's
  std::string certificate;  // ours, signed by the robot
  std::string key;          // ours; a secret
};

// What they are called as files.
inline constexpr char kAuthorityFile[] = "robot.crt";
inline constexpr char kCertificateFile[] = "client.crt";
inline constexpr char kKeyFile[] = "client.key";

struct CredentialFault {
  std::string file;  // one of the three
  std::string why;   // "it is no certificate in PEM"
};

// What keeps them from being used at all, which gRPC tells nobody; nothing where they can be.
std::optional<CredentialFault> FindCredentialFault(const TlsCredentials& tls);

}  // namespace soarm::client
