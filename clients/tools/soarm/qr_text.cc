#include "clients/tools/soarm/qr_text.h"

#include <memory>

#include <qrencode.h>

namespace soarm::cli {
namespace {

constexpr int kQuietZone = 2;  // modules of light around it; readers want some
constexpr std::string_view kDarkOnLight = "\x1b[30;107m";
constexpr std::string_view kAsBefore = "\x1b[0m";

}  // namespace

std::string QrText(std::string_view text) {
  const std::unique_ptr<QRcode, void (*)(QRcode*)> code(
      ::QRcode_encodeString8bit(std::string(text).c_str(), 0, QR_ECLEVEL_L), &::QRcode_free);
  if (code == nullptr) return "";
  const int width = code->width;
  const auto is_dark = [&](int row, int column) {
    if (row < 0 || column < 0 || row >= width || column >= width) return false;
    return (code->data[row * width + column] & 1U) != 0;
  };
  std::string out;
  // Two rows of modules make one line, since characters are twice as high as wide.
  for (int row = -kQuietZone; row < width + kQuietZone; row += 2) {
    out += kDarkOnLight;
    for (int column = -kQuietZone; column < width + kQuietZone; ++column) {
      const bool upper = is_dark(row, column);
      const bool lower = is_dark(row + 1, column);
      out += upper ? (lower ? "\u2588" : "\u2580") : (lower ? "\u2584" : " ");
    }
    out += std::string(kAsBefore) + "\n";
  }
  return out;
}

}  // namespace soarm::cli
