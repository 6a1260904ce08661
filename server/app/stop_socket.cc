#include "server/app/stop_socket.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clean_text.h"
#include "common/base/problem.h"

namespace soarm {
namespace {

constexpr int kLookEvery_ms = 10;
// Senders that wait for what became of their stop; more are answered at once, without it.
constexpr std::size_t kMostWaiting = 64;
// Bytes of answers that nobody has read, from which on others are sent from sockets of their own:
// an unread one takes from the room of the socket that sent it. A quarter of Linux's usual room.
constexpr int kMostUnread = 212'992 / 4;
constexpr std::size_t kLongestLine = 500;  // the names of joints are to find room, too

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  return address;
}

absl::Status CannotListen(const std::string& path, const std::string& what) {
  return ToStatus({.code = absl::StatusCode::kUnavailable,
                   .reason = "STOP_SOCKET_FAILED",
                   .subject = path,
                   .message = "Cannot make the stop socket " + path + ": " + what + ".",
                   .fix = "Stop the other daemon or choose another unix: address with --listen.",
                   .facts = {}});
}

// One line each, whatever the words hold: they name a folder.
std::string NotKept(const Problem& why) {
  const auto line = [](const std::string& text) { return CleanText(text, kLongestLine); };
  std::string lines = "\nnot-kept " + why.reason + " " + line(why.message);
  if (!why.subject.empty()) lines += "\nnot-kept-subject " + line(why.subject);
  if (!why.fix.empty()) lines += "\nnot-kept-fix " + line(why.fix);
  return lines;
}

}  // namespace

absl::StatusOr<std::unique_ptr<StopSocket>> StopSocket::Open(const std::string& path,
                                                             Assert assert_stop) {
  absl::StatusOr<SocketClaim> claim = SocketClaim::Take(path, SOCK_DGRAM);
  if (!claim.ok()) return claim.status();
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const sockaddr_un address = AddressOf(path);
  // The mode of the file before anybody can open it: 0660.
  const mode_t before = ::umask(0117);
  const int bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(before);
  const int wake = ::eventfd(0, EFD_CLOEXEC);
  if (bound != 0 || wake < 0) {
    ::close(socket);
    if (wake >= 0) ::close(wake);
    return CannotListen(path, std::strerror(error));
  }
  return std::unique_ptr<StopSocket>(
      new StopSocket(*std::move(claim), path, socket, wake, std::move(assert_stop)));
}

StopSocket::StopSocket(SocketClaim claim, std::string path, int socket, int wake,
                       Assert assert_stop)
    : claim_(std::move(claim)),
      path_(std::move(path)),
      socket_(socket),
      wake_(wake),
      assert_stop_(std::move(assert_stop)),
      thread_([this] { Run(); }) {}

StopSocket::~StopSocket() {
  const std::uint64_t one = 1;
  while (::write(wake_, &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
  ::unlink(path_.c_str());
  ::close(socket_);
  ::close(wake_);
}

void StopSocket::Run() {
  ::pthread_setname_np(::pthread_self(), "stop");
  pollfd watched[2] = {{socket_, POLLIN, 0}, {wake_, POLLIN, 0}};
  while (true) {
    const int wait_ms = waiting_.empty() ? -1 : kLookEvery_ms;
    if (::poll(watched, 2, wait_ms) < 0 && errno != EINTR) return;
    if (watched[1].revents != 0) return;
    if (watched[0].revents != 0) Serve();
    AnswerWhatIsKnown();
  }
}

void StopSocket::Serve() {
  char text[512];
  Waiting from;
  from.sender_size = sizeof from.sender;
  const ssize_t size = ::recvfrom(socket_, text, sizeof text, 0,
                                  reinterpret_cast<sockaddr*>(&from.sender), &from.sender_size);
  if (size < 0) return;
  const StopMessage message = ParseStopMessage({text, static_cast<std::size_t>(size)});
  Asserted stop = assert_stop_(message);
  // An unbound sender has no name and wants no answer.
  if (from.sender_size <= offsetof(sockaddr_un, sun_path)) return;
  from.answer = "ok " + stop.id + "\nlevel " + std::string(StopLevelName(message.level));
  if (!message.understood) {
    from.answer += "\nnote not understood, so everything holds: hold|soft-hold|release [reason]";
  }
  from.look = std::move(stop.look);
  if (waiting_.size() == kMostWaiting) {
    Send(from, {});
  } else {
    waiting_.push_back(std::move(from));
  }
}

void StopSocket::AnswerWhatIsKnown() {
  for (std::size_t i = 0; i < waiting_.size();) {
    const std::optional<StopReport> report = waiting_[i].look();
    if (!report) {
      ++i;
      continue;
    }
    Send(waiting_[i], *report);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void StopSocket::Send(const Waiting& to, const StopReport& report) const {
  std::string answer = to.answer;
  if (!report.kept.ok()) answer += NotKept(ProblemOf(report.kept));
  for (const std::string& joint : report.not_reached) answer += "\nnot-reached " + joint;
  const auto send_from = [&](int socket) {
    return ::sendto(socket, answer.data(), answer.size(), MSG_DONTWAIT,
                    reinterpret_cast<const sockaddr*>(&to.sender), to.sender_size) >= 0;
  };
  int unread = 0;
  ::ioctl(socket_, SIOCOUTQ, &unread);
  const bool has_room = unread < kMostUnread;
  if (has_room && send_from(socket_)) return;
  const int own = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool sent = own >= 0 && send_from(own);
  if (own >= 0) ::close(own);
  // Who has connected hears this socket only: what room there is, is kept for those. A full queue
  // of its own is the sender's own matter.
  if (!sent && !has_room) send_from(socket_);
}

}  // namespace soarm
