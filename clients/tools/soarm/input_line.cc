#include "clients/tools/soarm/input_line.h"

#include <cerrno>

#include <poll.h>
#include <unistd.h>

#include "clients/cpp/error.h"
#include "common/base/problem.h"

namespace soarm::cli {
namespace {

constexpr std::size_t kLongest_bytes = 8192;
constexpr int kLookEvery_ms = 50;  // at `stop`
constexpr char kBlanks[] = " \t\r\n";

std::string Trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

absl::StatusOr<std::string> ReadInputLine(int fd, const std::stop_token& stop) {
  std::string text;
  while (!stop.stop_requested() && text.size() <= kLongest_bytes) {
    pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, kLookEvery_ms) <= 0) continue;
    char c = 0;  // one at a time: what comes after the line is somebody else's
    const ssize_t size = ::read(fd, &c, 1);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size == 1 && c != '\n') {
      text += c;
      continue;
    }
    std::string line = Trimmed(text);
    text.clear();
    if (!line.empty()) return line;
    if (size <= 0) break;  // blank lines before it do not count
  }
  if (stop.stop_requested()) return client::InterruptedError();
  return Refuse(absl::StatusCode::kInvalidArgument, "USAGE", "",
                text.empty() ? "There is no line of text on the standard input."
                             : "The line on the standard input is longer than 8 KiB.",
                "Type or pipe in the line that `soarm pair open` printed.");
}

}  // namespace soarm::cli
