#pragma once

#include <functional>
#include <string>

#include "server/announce/announcement.h"

struct AvahiClient;
struct AvahiEntryGroup;
struct AvahiSimplePoll;

namespace soarm {

// One connection to D-Bus, and through it to Avahi, whichever of those runs while it lasts.
//
// Threads  one, which may have to wait for D-Bus.
class Publication {
 public:
  // `end` is a descriptor that is readable once it is to end. `tell` gets what is to be known of
  // it.
  Publication(const Announcement& what, int end, std::function<void(const std::string&)> tell);
  ~Publication();
  Publication(const Publication&) = delete;
  Publication& operator=(const Publication&) = delete;

  // Until `end`, or until D-Bus is lost.
  void Run();

 private:
  // What Avahi calls.
  struct Callbacks;

  void Publish(AvahiClient* client);
  // Asks Avahi for a name like the one that somebody else has.
  void TakeAnotherName();
  void Withdraw();
  void GiveUp(int error);  // AVAHI_ERR_

  const Announcement what_;
  const int end_;
  const std::function<void(const std::string&)> tell_;
  std::string name_;
  AvahiSimplePoll* poll_ = nullptr;
  AvahiClient* client_ = nullptr;
  AvahiEntryGroup* group_ = nullptr;  // of client_, and gone with it
};

// `robot` as the name of a service: at most 63 bytes of UTF-8 that can be seen.
std::string ServiceName(const std::string& robot);

}  // namespace soarm
