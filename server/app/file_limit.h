#pragma once

#include <cstddef>

namespace soarm {

// Takes as many file descriptors as the process may have; how many those are.
std::size_t RaiseFileLimit();

}  // namespace soarm
