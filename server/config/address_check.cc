#include "server/config/address_check.h"

#include <charconv>
#include <cstdint>

namespace soarm {
namespace {

constexpr std::string_view kForms = "use unix:PATH, 127.0.0.1:PORT or [::1]:PORT";
// sockaddr_un holds 107 characters, and the stop socket's path is five longer.
constexpr std::size_t kLongestPath = 102;

bool IsPort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

std::optional<AddressProblem> CheckListenAddress(std::string_view address) {
  const std::string quoted = "\"" + std::string(address) + "\"";
  if (address.starts_with("unix:")) {
    const std::string_view path = address.substr(5);
    if (path.empty()) return AddressProblem{quoted + " names no socket", std::string(kForms)};
    if (path.size() > kLongestPath) {
      return AddressProblem{
          quoted + " is too long for a socket",
          "use a path of at most " + std::to_string(kLongestPath) + " characters"};
    }
    return std::nullopt;
  }
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || !IsPort(address.substr(colon + 1))) {
    return AddressProblem{quoted + " is not an address to listen on", std::string(kForms)};
  }
  const std::string_view host = address.substr(0, colon);
  if (host == "127.0.0.1" || host == "[::1]") return std::nullopt;
  return AddressProblem{
      quoted + " can be reached from other machines, which is not possible without authentication",
      std::string(kForms) + " and reach it through an SSH tunnel"};
}

}  // namespace soarm
