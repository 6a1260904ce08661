#pragma once

#include <functional>
#include <string_view>

#include "common/base/listen_address.h"
#include "common/time/clock.h"

namespace soarm {

// Whether whoever listens at `address`, in this process, takes a connection within `patience`. The
// connection has a name that nobody else can have, what accept() tells of its other end, and
// `announce` is told it before; the listener closes what comes under it. Waits for that.
//
// Threads  any that may wait.
bool Answers(const ListenAddress& address, Nanos patience,
             const std::function<void(std::string_view name)>& announce);

}  // namespace soarm
