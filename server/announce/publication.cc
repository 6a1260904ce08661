#include "server/announce/publication.h"

#include <memory>
#include <utility>

#include <arpa/inet.h>
#include <avahi-client/client.h>
#include <avahi-client/publish.h>
#include <avahi-common/address.h>
#include <avahi-common/alternative.h>
#include <avahi-common/domain.h>
#include <avahi-common/error.h>
#include <avahi-common/malloc.h>
#include <avahi-common/simple-watch.h>
#include <avahi-common/strlst.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include "common/base/clean_text.h"

namespace soarm {
namespace {

constexpr char kType[] = "_soarm._tcp";
constexpr std::size_t kLongestName = AVAHI_LABEL_MAX - 1;
// So many of the same name on one network are somebody's joke.
constexpr int kMostNames = 20;
constexpr char kNobodyThere[] =
    "not announced to the network: Avahi, or D-Bus, is not there; waiting for it";

bool IsAt(const sockaddr* address, const std::string& host) {
  if (address == nullptr) return false;
  char text[INET6_ADDRSTRLEN] = {};
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  } else if (address->sa_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  } else {
    return false;
  }
  return ::inet_ntop(address->sa_family, bytes, text, sizeof text) != nullptr && host == text;
}

// The link that `host` is on; all of them where it stands for all.
AvahiIfIndex LinkOf(const std::string& host) {
  if (host == "0.0.0.0" || host == "::") return AVAHI_IF_UNSPEC;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return AVAHI_IF_UNSPEC;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owned(list, &::freeifaddrs);
  for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
    if (IsAt(one->ifa_addr, host))
      return static_cast<AvahiIfIndex>(::if_nametoindex(one->ifa_name));
  }
  return AVAHI_IF_UNSPEC;
}

AvahiProtocol ProtocolOf(const ListenAddress& address) {
  if (address.bare_host() == "::") return AVAHI_PROTO_UNSPEC;  // takes IPv4 as well
  return address.is_ipv6() ? AVAHI_PROTO_INET6 : AVAHI_PROTO_INET;
}

}  // namespace

bool IsForOthers(const ListenAddress& address) {
  return address.tls && !address.host.starts_with("127.") && address.bare_host() != "::1";
}

std::string ServiceName(const std::string& robot) {
  const std::string name = CleanText(robot.substr(0, robot.find('.')), kLongestName);
  return name.empty() ? "robot" : name;
}

struct Publication::Callbacks {
  static void OnEnd(AvahiWatch* /*watch*/, int /*fd*/, AvahiWatchEvent /*event*/, void* self) {
    ::avahi_simple_poll_quit(static_cast<Publication*>(self)->poll_);
  }

  static void OnClient(AvahiClient* client, AvahiClientState state, void* of) {
    auto* self = static_cast<Publication*>(of);
    switch (state) {
      case AVAHI_CLIENT_S_RUNNING:
        return self->Publish(client);
      case AVAHI_CLIENT_S_COLLISION:  // the host's name changes: what stands on it is told anew
      case AVAHI_CLIENT_S_REGISTERING:
        return self->Withdraw();
      case AVAHI_CLIENT_CONNECTING:
        return self->tell_(kNobodyThere);
      case AVAHI_CLIENT_FAILURE:
        return self->GiveUp(::avahi_client_errno(client));
    }
  }

  static void OnGroup(AvahiEntryGroup* group, AvahiEntryGroupState state, void* of) {
    auto* self = static_cast<Publication*>(of);
    self->group_ = group;
    if (state == AVAHI_ENTRY_GROUP_ESTABLISHED) {
      self->tell_("announced to the network as \"" + self->name_ + "\", " + kType);
    } else if (state == AVAHI_ENTRY_GROUP_COLLISION) {
      self->TakeAnotherName();
      self->Publish(::avahi_entry_group_get_client(group));
    } else if (state == AVAHI_ENTRY_GROUP_FAILURE) {
      self->GiveUp(::avahi_client_errno(::avahi_entry_group_get_client(group)));
    }
  }
};

Publication::Publication(const Announcement& what, int end,
                         std::function<void(const std::string&)> tell)
    : what_(what), end_(end), tell_(std::move(tell)), name_(ServiceName(what.robot)) {}

Publication::~Publication() {
  if (client_ != nullptr) ::avahi_client_free(client_);  // the group as well
  if (poll_ != nullptr) ::avahi_simple_poll_free(poll_);
}

void Publication::Run() {
  poll_ = ::avahi_simple_poll_new();
  if (poll_ == nullptr) return;
  const AvahiPoll* poll = ::avahi_simple_poll_get(poll_);
  poll->watch_new(poll, end_, AVAHI_WATCH_IN, &Callbacks::OnEnd, this);
  int error = 0;
  client_ = ::avahi_client_new(poll, AVAHI_CLIENT_NO_FAIL, &Callbacks::OnClient, this, &error);
  if (client_ == nullptr) return GiveUp(error);
  while (::avahi_simple_poll_iterate(poll_, -1) == 0) {
  }
}

void Publication::Publish(AvahiClient* client) {
  if (group_ == nullptr) group_ = ::avahi_entry_group_new(client, &Callbacks::OnGroup, this);
  if (group_ == nullptr) return GiveUp(::avahi_client_errno(client));
  Withdraw();
  const std::unique_ptr<AvahiStringList, void (*)(AvahiStringList*)> about(
      ::avahi_string_list_new(("version=" + what_.version).c_str(), "api=soarm.v1",
                              ("fingerprint=" + what_.fingerprint).c_str(), nullptr),
      &::avahi_string_list_free);
  int result = AVAHI_ERR_COLLISION;
  for (int i = 0; i < kMostNames && result == AVAHI_ERR_COLLISION; ++i) {
    if (i > 0) TakeAnotherName();  // this computer announces one of that name already
    result = ::avahi_entry_group_add_service_strlst(
        group_, LinkOf(what_.address.bare_host()), ProtocolOf(what_.address),
        static_cast<AvahiPublishFlags>(0), name_.c_str(), kType, nullptr, nullptr,
        what_.address.port, about.get());
  }
  if (result == AVAHI_OK) result = ::avahi_entry_group_commit(group_);
  if (result != AVAHI_OK) GiveUp(result);
}

void Publication::TakeAnotherName() {
  char* other = ::avahi_alternative_service_name(name_.c_str());
  if (other == nullptr) return;
  name_ = other;
  ::avahi_free(other);
}

void Publication::Withdraw() {
  if (group_ != nullptr) ::avahi_entry_group_reset(group_);
}

void Publication::GiveUp(int error) {
  const bool nobody = error == AVAHI_ERR_DBUS_ERROR || error == AVAHI_ERR_DISCONNECTED ||
                      error == AVAHI_ERR_NO_DAEMON;
  tell_(nobody ? kNobodyThere
               : std::string("not announced to the network: ") + ::avahi_strerror(error) +
                     "; trying again");
  ::avahi_simple_poll_quit(poll_);
}

}  // namespace soarm
