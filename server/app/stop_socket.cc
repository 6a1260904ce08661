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

absl::StatusOr<StopSocket::Place> StopSocket::Bind(const std::string& path) {
  absl::StatusOr<SocketClaim> claim = SocketClaim::Take(path, SOCK_DGRAM);
  if (!claim.ok()) return claim.status();
  Socket socket(AF_UNIX, SOCK_DGRAM);
  if (socket.fd() < 0) return CannotListen(path, std::strerror(errno));
  const sockaddr_un address = AddressOf(path);
  // The mode of the file before anybody can open it: 0660.
  const mode_t before = ::umask(0117);
  const int bound =
      ::bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(before);
  if (bound != 0) return CannotListen(path, std::strerror(error));
  return Place{.claim = *std::move(claim), .inode = InodeOf(path), .socket = std::move(socket)};
}

absl::StatusOr<std::unique_ptr<StopSocket>> StopSocket::Open(const std::string& path,
                                                             Assert assert_stop) {
  absl::StatusOr<Place> place = Bind(path);
  if (!place.ok()) return place.status();
  const int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) {
    const int error = errno;
    ::unlink(path.c_str());
    return CannotListen(path, std::strerror(error));
  }
  return std::unique_ptr<StopSocket>(
      new StopSocket(*std::move(place), path, wake, std::move(assert_stop)));
}

StopSocket::StopSocket(Place place, std::string path, int wake, Assert assert_stop)
    : claim_(std::move(place.claim)),
      path_(std::move(path)),
      inode_(place.inode),
      wake_(wake),
      assert_stop_(std::move(assert_stop)),
      socket_(std::move(place.socket)),
      thread_([this] { Run(); }) {}

StopSocket::~StopSocket() {
  ends_ = true;
  ::eventfd_write(wake_, 1);
  thread_.join();
  if (InodeOf(path_) == inode_) ::unlink(path_.c_str());
  ::close(wake_);
}

absl::StatusOr<bool> StopSocket::Renew() {
  if (InodeOf(path_) == inode_) return false;
  // Who has removed the socket may have removed the lock, and another daemon may be there by now.
  claim_.reset();
  absl::StatusOr<Place> place = Bind(path_);
  if (!place.ok()) return place.status();
  claim_ = std::move(place->claim);
  inode_ = place->inode;
  {
    const std::lock_guard lock(mutex_);
    next_ = std::move(place->socket);
  }
  ::eventfd_write(wake_, 1);
  return true;
}

void StopSocket::Run() {
  ::pthread_setname_np(::pthread_self(), "stop");
  while (true) {
    pollfd watched[2] = {{socket_.fd(), POLLIN, 0}, {wake_, POLLIN, 0}};
    const int wait_ms = waiting_.empty() ? -1 : kLookEvery_ms;
    if (::poll(watched, 2, wait_ms) < 0 && errno != EINTR) return;
    if (ends_) return;
    if (watched[0].revents != 0) Serve();
    if (watched[1].revents != 0) TakeNext();
    AnswerWhatIsKnown();
  }
}

void StopSocket::TakeNext() {
  eventfd_t ignored = 0;
  ::eventfd_read(wake_, &ignored);
  Socket next;
  {
    const std::lock_guard lock(mutex_);
    next = std::move(next_);
  }
  if (next.fd() < 0) return;
  // What came by the old one while its file was there still counts.
  while (Serve()) {
  }
  socket_ = std::move(next);
}

bool StopSocket::Serve() {
  char text[512];
  Waiting from;
  from.sender_size = sizeof from.sender;
  const ssize_t size = ::recvfrom(socket_.fd(), text, sizeof text, 0,
                                  reinterpret_cast<sockaddr*>(&from.sender), &from.sender_size);
  if (size < 0) return false;
  const StopMessage message = ParseStopMessage({text, static_cast<std::size_t>(size)});
  Asserted stop = assert_stop_(message);
  // An unbound sender has no name and wants no answer.
  if (from.sender_size <= offsetof(sockaddr_un, sun_path)) return true;
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
  return true;
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
  ::ioctl(socket_.fd(), SIOCOUTQ, &unread);
  const bool has_room = unread < kMostUnread;
  if (has_room && send_from(socket_.fd())) return;
  const Socket own(AF_UNIX, SOCK_DGRAM);
  const bool sent = own.fd() >= 0 && send_from(own.fd());
  // Who has connected hears this socket only: what room there is, is kept for those. A full queue
  // of its own is the sender's own matter.
  if (!sent && !has_room) send_from(socket_.fd());
}

}  // namespace soarm
