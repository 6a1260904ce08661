#include "server/front/front_door.h"

#include <utility>

#include "server/front/probe.h"

namespace soarm {
namespace {

constexpr int kMostSilent = 3;
// Where a listener cannot be opened anew, of so many times to ask it is tried at one.
constexpr int kTryEvery = 12;

}  // namespace

absl::StatusOr<std::unique_ptr<FrontDoor>> FrontDoor::Bind(const std::vector<std::string>& listen,
                                                           const ConnectionLimits& limits,
                                                           const ClientStore& clients,
                                                           CallerTable& callers) {
  std::unique_ptr<FrontDoor> door(new FrontDoor(limits, clients, callers));
  for (const std::string& text : listen) {
    absl::StatusOr<ListenAddress> address = ReadListenAddress(text);
    if (!address.ok()) return address.status();
    if (address->tls) {
      door->has_tls_ = true;
      door->tls_addresses_.push_back(*std::move(address));
      continue;
    }
    absl::StatusOr<Listener> listener = Listener::Bind(*address);
    if (!listener.ok()) return listener.status();
    door->listeners_.push_back(*std::move(listener));
    door->open_.push_back(*std::move(address));
  }
  return door;
}

FrontDoor::FrontDoor(ConnectionLimits limits, const ClientStore& clients, CallerTable& callers)
    : limits_(limits),
      callers_(callers),
      tls_(std::make_unique<TlsDoor>(
          clients, callers, limits.most_asked(),
          TlsDoor::Handlers{.welcome =
                                [this](std::uint64_t id, std::function<void(bool)> answer) {
                                  connections_->Welcome(id, std::move(answer));
                                },
                            .serve = [this](int fd) { serve_(fd); },
                            .when_late = [this](std::string_view path) { return when_late_(path); },
                            .go_on = [this] { connections_->GoOn(); }})) {}

FrontDoor::~FrontDoor() { Close(); }

void FrontDoor::Close() {
  tls_->End();  // first: it welcomes through the other, which greets it until its own end
  connections_ = nullptr;
}

std::vector<std::string> FrontDoor::addresses() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> texts;
  for (const ListenAddress& address : open_) texts.push_back(address.ToString());
  return texts;
}

std::string FrontDoor::fingerprint() const {
  const std::lock_guard lock(mutex_);
  return fingerprint_;
}

ConnectionCounts FrontDoor::connections() const {
  ConnectionCounts counts = connections_ == nullptr ? ConnectionCounts{} : connections_->counts();
  counts.cut_off = callers_.cut_off();
  counts.stalled = callers_.stalled();
  return counts;
}

ListenAddress FrontDoor::tls_address() const {
  const std::lock_guard lock(mutex_);
  return tls_addresses_.front();
}

void FrontDoor::Serve(std::function<void(int fd)> serve, LateRule when_late) {
  serve_ = std::move(serve);
  when_late_ = std::move(when_late);
  connections_ = std::make_unique<Connections>(
      std::move(listeners_), limits_,
      Connections::Handlers{
          .serve = serve_,
          .greet = [this](int fd, std::uint64_t id,
                          const std::string& address) { tls_->Greet(fd, id, address); },
          .is_busy = [this] { return tls_->is_busy(); }});
}

absl::Status FrontDoor::OpenTls(const TlsIdentity& identity) {
  if (absl::Status shown = tls_->Show(identity); !shown.ok()) return shown;
  std::unique_lock lock(mutex_);
  if (!std::exchange(fingerprint_, identity.Fingerprint()).empty()) return absl::OkStatus();
  std::vector<Listener> listeners;
  for (ListenAddress& address : tls_addresses_) {
    absl::StatusOr<Listener> listener = Listener::Bind(address);
    if (!listener.ok()) {
      fingerprint_.clear();
      return listener.status();
    }
    listeners.push_back(*std::move(listener));
  }
  for (const ListenAddress& address : tls_addresses_) open_.push_back(address);
  connections_->Add(std::move(listeners));
  lock.unlock();
  when_tls_opens_();
  return absl::OkStatus();
}

void FrontDoor::CheckListeners(Nanos patience) {
  std::vector<ListenAddress> open;
  {
    const std::lock_guard lock(mutex_);
    open = open_;
  }
  for (const ListenAddress& address : open) {
    int& silent = silent_[address.ToString()];
    const bool answers = Answers(
        address, patience, [this](std::string_view name) { connections_->ExpectProbe(name); });
    silent = answers ? 0 : silent + 1;
    if (silent >= kMostSilent && (silent - kMostSilent) % kTryEvery == 0) {
      connections_->Rebuild(address);
    }
  }
}

void FrontDoor::End(Nanos patience) {
  if (connections_ != nullptr) connections_->End(patience);
}

}  // namespace soarm
