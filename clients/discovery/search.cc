#include "clients/discovery/search.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include <avahi-client/client.h>
#include <avahi-client/lookup.h>
#include <avahi-common/address.h>
#include <avahi-common/error.h>
#include <avahi-common/simple-watch.h>
#include <avahi-common/strlst.h>
#include <net/if.h>
#include <pthread.h>

#include "common/base/problem.h"

namespace soarm::client {
namespace {

using std::chrono::steady_clock;

constexpr char kType[] = "_soarm._tcp";
// D-Bus and Avahi answer in milliseconds, and where they hang not for 25 s.
constexpr auto kDBusPatience = std::chrono::seconds(2);
// Services that are looked at, each at every address and link it is heard by.
constexpr std::size_t kMostAsked = 400;

absl::Status NoAvahi(const std::string& why) {
  return Refuse(absl::StatusCode::kUnavailable, "NO_AVAHI", "avahi-daemon",
                "Robots cannot be looked for: " + why + ".",
                "Install and start dbus and avahi-daemon on this computer, or name the robot's "
                "address.");
}

absl::Status ErrorOf(int error) {
  switch (error) {
    case AVAHI_ERR_NO_DAEMON:  // also where there is no socket of D-Bus's
    case AVAHI_ERR_DBUS_ERROR:
      return NoAvahi("avahi-daemon, or the D-Bus by which it is asked, does not run here");
    case AVAHI_ERR_DISCONNECTED:
      return NoAvahi("avahi-daemon has just ended");
    default:
      return NoAvahi(std::string("avahi-daemon says: ") + ::avahi_strerror(error));
  }
}

// Shared with the thread that asks, which may be left behind in the middle of a call.
struct Shared {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::optional<absl::StatusOr<Findings>> result;  // guarded by mutex
};

// One search. Everything is asked and answered on its own thread.
class Search {
 public:
  ~Search() {
    if (client_ != nullptr) ::avahi_client_free(client_);  // what belongs to it as well
    if (poll_ != nullptr) ::avahi_simple_poll_free(poll_);
  }

  absl::StatusOr<Findings> Run(Nanos lasts) {
    poll_ = ::avahi_simple_poll_new();
    if (poll_ == nullptr) return ErrorOf(AVAHI_ERR_NO_MEMORY);
    int error = 0;
    client_ = ::avahi_client_new(::avahi_simple_poll_get(poll_), {}, &OnClient, this, &error);
    if (client_ == nullptr) return ErrorOf(error);
    if (::avahi_service_browser_new(client_, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC, kType, nullptr,
                                    {}, &OnService, this) == nullptr) {
      return ErrorOf(::avahi_client_errno(client_));
    }
    const auto until = steady_clock::now() + lasts;
    while (error_ == AVAHI_OK) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
      if (left <= left.zero()) return std::move(findings_);
      if (::avahi_simple_poll_iterate(poll_, static_cast<int>(left.count())) != 0) break;
    }
    return ErrorOf(error_);
  }

 private:
  static void OnClient(AvahiClient* client, AvahiClientState state, void* of) {
    if (state == AVAHI_CLIENT_FAILURE) {
      static_cast<Search*>(of)->error_ = ::avahi_client_errno(client);
    }
  }

  static void OnService(AvahiServiceBrowser* browser, AvahiIfIndex link, AvahiProtocol protocol,
                        AvahiBrowserEvent event, const char* name, const char* type,
                        const char* domain, AvahiLookupResultFlags /*flags*/, void* of) {
    auto* self = static_cast<Search*>(of);
    AvahiClient* client = ::avahi_service_browser_get_client(browser);
    if (event == AVAHI_BROWSER_FAILURE) {
      self->error_ = ::avahi_client_errno(client);
    } else if (event == AVAHI_BROWSER_NEW && self->asked_++ < kMostAsked) {
      // Answers OnAddress(); one that cannot be asked for is one that is not found.
      ::avahi_service_resolver_new(client, link, protocol, name, type, domain, protocol, {},
                                   &OnAddress, self);
    }
  }

  static void OnAddress(AvahiServiceResolver* resolver, AvahiIfIndex link,
                        AvahiProtocol /*protocol*/, AvahiResolverEvent event, const char* name,
                        const char* /*type*/, const char* /*domain*/, const char* /*host*/,
                        const AvahiAddress* address, std::uint16_t port, AvahiStringList* about,
                        AvahiLookupResultFlags /*flags*/, void* of) {
    if (event == AVAHI_RESOLVER_FOUND && address != nullptr) {
      Sighting seen{.name = name == nullptr ? "" : name, .host = {}, .port = port, .about = {}};
      char host[AVAHI_ADDRESS_STR_MAX] = {};
      ::avahi_address_snprint(host, sizeof host, address);
      seen.host = host;
      char link_name[IF_NAMESIZE] = {};
      if (seen.host.starts_with("fe80:") &&
          ::if_indextoname(static_cast<unsigned>(link), link_name) != nullptr) {
        seen.host += "%" + std::string(link_name);
      }
      for (; about != nullptr; about = ::avahi_string_list_get_next(about)) {
        seen.about.emplace_back(reinterpret_cast<const char*>(::avahi_string_list_get_text(about)),
                                ::avahi_string_list_get_size(about));
      }
      static_cast<Search*>(of)->findings_.Add(seen);
    }
    ::avahi_service_resolver_free(resolver);
  }

  AvahiSimplePoll* poll_ = nullptr;
  AvahiClient* client_ = nullptr;
  Findings findings_;
  std::size_t asked_ = 0;
  int error_ = AVAHI_OK;
};

}  // namespace

absl::StatusOr<Findings> FindRobots(Nanos lasts, const std::stop_token& stop) {
  const auto shared = std::make_shared<Shared>();
  std::thread([shared, lasts] {
    ::pthread_setname_np(::pthread_self(), "discover");
    auto found = Search().Run(lasts);
    const std::lock_guard lock(shared->mutex);
    shared->result = std::move(found);
    shared->changed.notify_all();
  }).detach();
  std::unique_lock lock(shared->mutex);
  const bool answered = shared->changed.wait_for(lock, stop, lasts + kDBusPatience,
                                                 [&] { return shared->result.has_value(); });
  if (answered) return *std::move(shared->result);
  if (stop.stop_requested()) return absl::CancelledError();
  return NoAvahi("avahi-daemon, or the D-Bus by which it is asked, does not answer");
}

}  // namespace soarm::client
