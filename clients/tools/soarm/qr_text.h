#pragma once

#include <string>
#include <string_view>

namespace soarm::cli {

// `text` as a QR code of half blocks, dark on light whatever the terminal's colours are; empty
// where it is too long for one.
std::string QrText(std::string_view text);

}  // namespace soarm::cli
