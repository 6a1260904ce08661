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
// The same of TLS: kSomethingElse is no beginning of a handshake, everything else kNotYet.
Heard HearFirstOfTls(int fd);
// Whether the other end has closed already: what it said first is then for nobody.
bool HasGone(int fd);
// What was not read would make the kernel throw away what is said last.
void ReadAway(int fd);

void SetTcpOptions(int fd);
// What has gone over a TCP connection; zero where that is not known.
struct Traffic {
  std::chrono::milliseconds silent{0};  // neither end has sent anything for so long
  std::uint64_t received_bytes = 0;
};
Traffic TrafficOf(int fd);
// Has accept() wait for a client's first bytes, for `patience` at most: who says nothing takes no
// descriptor of ours until then.
void AcceptWhenSpokenTo(int listener, std::chrono::seconds patience);

}  // namespace soarm
