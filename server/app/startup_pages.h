#pragma once

namespace soarm {

// Lets go of the code that only the start ran: mlockall() keeps it in memory for good, gRPC's,
// Protobuf's and OpenSSL's most of all, which is 9 MB that the kernel could not give to anybody
// else. What is used again is mapped again from the files, or the page cache.
//
// What a control thread runs stays locked: the program, the C and C++ libraries and the loader. To
// be called once the last control thread has locked memory, which locks it all.
//
// Threads  any.
void ReleaseStartupPages() noexcept;

}  // namespace soarm
