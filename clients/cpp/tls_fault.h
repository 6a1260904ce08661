#pragma once

#include <absl/status/status.h>

#include "clients/cpp/address.h"
#include "common/time/clock.h"

namespace soarm::client {

struct TlsLook {
  absl::Status fault;        // of the certificates
  bool unreachable = false;  // nobody took the connection
};

// Why no connection to a paired robot comes about, which gRPC does not tell: shakes hands with it
// once more and reads what it says. OK where nothing is wrong with the certificates.
//   kUnauthenticated  CLIENT_REVOKED   the robot has revoked us
//   kUnauthenticated  CLIENT_EXPIRED   our certificate is over
//   kUnauthenticated  CLIENT_UNKNOWN   the robot does not know us, or is another one by now
//   kUnauthenticated  ROBOT_MISMATCH   who answers there is not the robot that we paired with
//   kUnauthenticated  CLOCK_WRONG      this computer's clock, or the robot's, is outside the time
//                                      for which a certificate holds that is good otherwise
TlsLook LookAtTls(const Address& address, Nanos patience);

}  // namespace soarm::client
