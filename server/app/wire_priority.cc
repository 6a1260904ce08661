#include "server/app/wire_priority.h"

#include <pthread.h>

namespace soarm {
namespace {

constexpr int kWirePriority = 60;  // the control threads' default is 50

}  // namespace

WirePriority::WirePriority() {
  ::pthread_getschedparam(::pthread_self(), &policy_before_, &before_);
  sched_param wanted{};
  wanted.sched_priority = kWirePriority;
  ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &wanted);
}

WirePriority::~WirePriority() {
  ::pthread_setschedparam(::pthread_self(), policy_before_, &before_);
}

}  // namespace soarm
