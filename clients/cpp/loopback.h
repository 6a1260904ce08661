#pragma once

#include <string_view>

namespace soarm::client {

// Whether all that goes to this target of gRPC's ("unix:/run/…", "127.0.0.1:50251", "localhost:1",
// "ipv4:…") stays on this computer, so that plain text may go there. Looks up no name.
bool StaysOnThisComputer(std::string_view target);

}  // namespace soarm::client
