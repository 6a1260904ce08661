#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "common/base/listen_address.h"
#include "server/front/tls_identity.h"

namespace soarm {

// The one thing that strangers reach while pairing is open: HTTPS with the robot's certificate and
// none of theirs, one request per connection, POST /v1/pair with a JSON object. Few connections,
// each for seconds and a few kilobytes; for one more the oldest of the address goes that has most.
// It is gone when it is destroyed.
//
// Threads  Open() and destruction its owner's; `answer` runs on its own thread, "pair".
class PairingEndpoint {
 public:
  struct Answer {
    int http_status = 200;
    std::string body;  // JSON
  };
  // `address` is that of who asks: "192.168.1.7", "fe80::1".
  using Handler = std::function<Answer(const std::string& body, const std::string& address)>;

  // Binds `address`, whose port 0 becomes the real one.
  //   kUnavailable  LISTEN_FAILED
  //   kInternal     TLS_FAILED
  static absl::StatusOr<std::unique_ptr<PairingEndpoint>> Open(ListenAddress& address,
                                                               const TlsIdentity& identity,
                                                               Handler answer);
  ~PairingEndpoint();
  PairingEndpoint(const PairingEndpoint&) = delete;
  PairingEndpoint& operator=(const PairingEndpoint&) = delete;

 private:
  class Parts;
  explicit PairingEndpoint(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace soarm
