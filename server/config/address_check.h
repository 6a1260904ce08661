#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace soarm {

struct AddressProblem {
  std::string message;
  std::string fix;
};

// What is wrong with a listen address; nothing for unix:PATH, 127.0.0.1:PORT and [::1]:PORT.
// Wider addresses are refused: nothing here authenticates a stranger.
//
// A check in the words of flags and files, before anything is opened; it keeps nothing. What is
// bound is read by ParseListenAddress() of server/service, which config may not see.
std::optional<AddressProblem> CheckListenAddress(std::string_view address);

}  // namespace soarm
