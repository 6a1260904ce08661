#include "server/front/tls_door.h"

#include <atomic>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/front/tls_connection.h"
#include "server/front/tls_context.h"

namespace soarm {

namespace asio = boost::asio;

// What runs on "tls". Kept by what was posted there, too: an answer to a welcome may come late.
class TlsDoor::Parts : public std::enable_shared_from_this<TlsDoor::Parts> {
 public:
  // Of a connection that is asked who it is, from Greet() until it has said so, or is gone.
  class Seat {
   public:
    explicit Seat(Parts& parts) : parts_(parts) { ++parts.asked_; }
    ~Seat() {
      const bool was_busy = parts_.asked_.fetch_sub(1) == parts_.most_asked_;
      if (was_busy && !parts_.ended_) parts_.handlers_.go_on();
    }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

   private:
    Parts& parts_;
  };

  Parts(const ClientStore& clients, CallerTable& callers, std::size_t most_asked, Handlers handlers)
      : clients_(clients),
        callers_(callers),
        most_asked_(most_asked),
        handlers_(std::move(handlers)),
        thread_([this] {
          ::pthread_setname_np(::pthread_self(), "tls");
          io_.run();
        }) {}

  template <typename Work>
  void Post(Work work) {
    asio::post(io_, [self = weak_from_this(), work = std::move(work)] {
      if (const auto parts = self.lock()) work(*parts);
    });
  }

  bool ended() const { return ended_; }
  bool is_busy() const { return asked_ >= most_asked_; }
  const ClientStore& clients() const { return clients_; }

  void Show(TlsContext context) { context_ = std::move(context); }

  void Greet(int fd, std::uint64_t id, const std::string& address,
             const std::shared_ptr<Seat>& seat) {
    TlsConnection::Socket socket(io_);
    boost::system::error_code failed;
    // Which of the two protocols does not matter to what is done with it.
    if (context_ == nullptr || socket.assign(asio::ip::tcp::v4(), fd, failed)) {
      ::close(fd);
      return;
    }
    const auto connection = std::make_shared<TlsConnection>(std::move(socket), context_, address,
                                                            callers_, handlers_.when_late);
    Remember(connection);
    connection->ShakeHands([this, id, seat, known = std::weak_ptr(connection)] {
      waiting_[id] = known.lock();  // nothing else keeps it until the answer
      handlers_.welcome(id, [self = weak_from_this(), id](bool has_room) {
        const auto parts = self.lock();
        if (parts != nullptr)
          parts->Post([id, has_room](Parts& there) { there.LetIn(id, has_room); });
      });
    });
  }

  void Cut(const std::string& fingerprint) {
    for (const auto& one : connections_) {
      const auto connection = one.lock();
      if (connection != nullptr && connection->fingerprint() == fingerprint) connection->Close();
    }
  }

  void End() {
    if (ended_.exchange(true)) return;
    Post([](Parts& parts) {
      parts.waiting_.clear();
      for (const auto& one : parts.connections_) {
        if (const auto connection = one.lock()) connection->Close();
      }
      parts.work_.reset();
    });
    thread_.join();
  }

 private:
  void Remember(const std::shared_ptr<TlsConnection>& connection) {
    std::erase_if(connections_, [](const auto& one) { return one.expired(); });
    connections_.push_back(connection);
  }

  void LetIn(std::uint64_t id, bool has_room) {
    const auto found = waiting_.extract(id);
    if (found.empty()) return;
    TlsConnection& connection = *found.mapped();
    // It may have been revoked since it shook hands.
    const auto client = clients_.Find(connection.fingerprint());
    if (!client || client->revoked) return connection.Close();
    if (!has_room) return connection.TurnAway();
    auto& resets = resets_[connection.fingerprint()];
    if (resets == nullptr) resets = MakeResetAllowance(clock_.Now());
    const int server = connection.Join(resets);
    if (server < 0) return connection.Close();
    handlers_.serve(server);
  }

  const ClientStore& clients_;
  CallerTable& callers_;
  const std::size_t most_asked_;
  const Handlers handlers_;
  std::atomic<std::size_t> asked_{0};
  std::atomic<bool> ended_{false};
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  TlsContext context_;
  std::vector<std::weak_ptr<TlsConnection>> connections_;
  const MonotonicClock clock_;
  std::map<std::string, std::shared_ptr<Allowance>> resets_;  // by fingerprint; paired ones only
  std::map<std::uint64_t, std::shared_ptr<TlsConnection>> waiting_;  // to hear if there is room
  std::thread thread_;                                               // last: uses all the others
};

TlsDoor::TlsDoor(const ClientStore& clients, CallerTable& callers, std::size_t most_asked,
                 Handlers handlers)
    : parts_(std::make_shared<Parts>(clients, callers, most_asked, std::move(handlers))) {}

bool TlsDoor::is_busy() const { return parts_->is_busy(); }

TlsDoor::~TlsDoor() { parts_->End(); }

void TlsDoor::End() { parts_->End(); }

absl::Status TlsDoor::Show(const TlsIdentity& identity) {
  absl::StatusOr<TlsContext> context = MakePairedContext(identity, parts_->clients());
  if (!context.ok()) return context.status();
  parts_->Post([context = *std::move(context)](Parts& parts) { parts.Show(context); });
  return absl::OkStatus();
}

void TlsDoor::Greet(int fd, std::uint64_t id, const std::string& address) {
  if (parts_->ended()) {
    ::close(fd);
    return;
  }
  parts_->Post([fd, id, address, seat = std::make_shared<Parts::Seat>(*parts_)](Parts& parts) {
    parts.Greet(fd, id, address, seat);
  });
}

void TlsDoor::Cut(const std::string& fingerprint) {
  parts_->Post([fingerprint](Parts& parts) { parts.Cut(fingerprint); });
}

}  // namespace soarm
