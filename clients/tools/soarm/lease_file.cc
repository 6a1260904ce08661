#include "clients/tools/soarm/lease_file.h"

#include <charconv>
#include <cstdlib>
#include <sstream>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

#include "common/base/small_file.h"

namespace soarm::cli {
namespace {

std::string Path() {
  for (const auto& [variable, name] :
       {std::pair{"XDG_RUNTIME_DIR", "/soarm-lease"}, std::pair{"HOME", "/.soarm-lease"}}) {
    const char* directory = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): one thread
    if (directory != nullptr && directory[0] == '/') return std::string(directory) + name;
  }
  return {};
}

bool ParseCount(std::string_view text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

std::string ToWord(const v1::LeaseRef& lease) {
  return std::to_string(lease.epoch()) + ":" + std::to_string(lease.fence()) + ":" + lease.token();
}

std::optional<v1::LeaseRef> ParseLeaseWord(const std::string& word) {
  const std::size_t first = word.find(':');
  const std::size_t second = first == std::string::npos ? first : word.find(':', first + 1);
  if (second == std::string::npos || second + 1 == word.size()) return std::nullopt;
  std::uint64_t epoch = 0;
  std::uint64_t fence = 0;
  const std::string_view text(word);
  if (!ParseCount(text.substr(0, first), epoch) ||
      !ParseCount(text.substr(first + 1, second - first - 1), fence)) {
    return std::nullopt;
  }
  v1::LeaseRef lease;
  lease.set_epoch(epoch);
  lease.set_fence(fence);
  lease.set_token(word.substr(second + 1));
  return lease;
}

bool SaveLease(const KeptLease& kept) {
  const std::string path = Path();
  if (path.empty()) return false;
  ::unlink(path.c_str());
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  const std::string text = ToWord(kept.lease) + "\n" + kept.server + "\n";
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return written;
}

std::optional<KeptLease> LoadLease() {
  const SmallFile file = ReadSmallFile(Path());
  if (!file.is_read()) return std::nullopt;
  std::istringstream lines(file.text);
  std::string word;
  if (!std::getline(lines, word)) return std::nullopt;
  const std::optional<v1::LeaseRef> lease = ParseLeaseWord(word);
  if (!lease) return std::nullopt;
  KeptLease kept{.lease = *lease, .server = {}};
  std::getline(lines, kept.server);
  return kept;
}

void ForgetLease() { ::unlink(Path().c_str()); }

}  // namespace soarm::cli
