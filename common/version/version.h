#pragma once

#include <string_view>

namespace soarm {

// The version of this build: the release's number, followed by what git says about the sources
// it was built from, e.g. "0.1.0+g36d62cb" or "0.1.0+g36d62cb.dirty". Without git: the number.
std::string_view Version() noexcept;

}  // namespace soarm
