#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <sys/socket.h>

namespace soarm {

// What the kernel tells of a connection that was accepted. None of it waits.
//
// Threads  any.

// Who is at the other end of a Unix socket: "process 4711".
std::string ProcessOf(int fd);
// "192.168.1.7", "fe80::1"; empty for a Unix socket.
std::string AddressOf(const sockaddr_storage& peer);

enum class Heard : std::uint8_t { kNotYet, kPreface, kSomethingElse };
// What it has said first, which is left to be read: the preface of HTTP/2 or something else.
Heard HearFirst(int fd);
// What was not read would make the kernel throw away what is said last.
void ReadAway(int fd);

void SetTcpOptions(int fd);
// For how long neither end of a TCP connection has sent anything; 0 where that is not known.
std::chrono::milliseconds SilentFor(int fd);

}  // namespace soarm
