#include "clients/tools/soarm/quiet_note.h"

#include <chrono>
#include <ctime>
#include <utility>

#include "clients/tools/soarm/text.h"

namespace soarm::cli {
namespace {

constexpr std::chrono::seconds kPatience(3);
constexpr std::chrono::seconds kSayAgain(30);

std::string TimeOfDay(Nanos ago) {
  const std::time_t then =
      std::time(nullptr) - std::chrono::duration_cast<std::chrono::seconds>(ago).count();
  std::tm local{};
  char text[16] = "";
  ::localtime_r(&then, &local);
  std::strftime(text, sizeof text, "%H:%M:%S", &local);
  return text;
}

}  // namespace

QuietNote::QuietNote(Output& output, std::string what, Nanos period)
    : output_(output), what_(std::move(what)), quiet_(period + kPatience) {}

void QuietNote::ListenTo(client::CallOptions& options) {
  options.quiet = quiet_;
  options.on_quiet = [this](Nanos since_last) { Say(since_last); };
}

void QuietNote::Heard() {
  if (std::exchange(said_, Nanos{0}) > Nanos{0}) {
    output_.Remark("soarmd is heard again\n");
    is_new_ = true;
  }
}

bool QuietNote::TakeSaid() { return std::exchange(is_new_, false); }

void QuietNote::Say(Nanos since_last) {
  if (said_ > Nanos{0} && since_last - said_ < kSayAgain) return;
  said_ = since_last;
  is_new_ = true;
  output_.Remark("no " + what_ + " has come from soarmd since " + TimeOfDay(since_last) + ", for " +
                 Span(since_last) + "; waiting. If something moves, cut the supply.\n");
}

}  // namespace soarm::cli
