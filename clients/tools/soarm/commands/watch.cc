#include <algorithm>
#include <cmath>
#include <optional>

#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/quiet_note.h"
#include "clients/tools/soarm/robot_view.h"

namespace soarm::cli {
namespace {

// A text that is replaced by the next one in the same place.
class Screen {
 public:
  explicit Screen(Output& output) : output_(output) { output_.Print(kNoWrap); }
  ~Screen() { output_.Print(kWrap); }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  // What is there stays, and what was printed below it; the next text goes below that.
  void Leave() { lines_ = 0; }

  void Draw(const std::string& text) {
    std::string out;
    if (lines_ > 0) out = "\x1b[" + std::to_string(lines_) + "A\x1b[J";
    output_.Print(out + text);
    lines_ = std::ranges::count(text, '\n');
  }

 private:
  // A wrapped line would be two on the screen, and the count of lines to go up wrong.
  static constexpr char kNoWrap[] = "\x1b[?7l";
  static constexpr char kWrap[] = "\x1b[?7h";

  Output& output_;
  std::ptrdiff_t lines_ = 0;
};

}  // namespace

absl::Status RunWatch(Session& session, const WatchOptions& options) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  Output& output = session.output;
  v1::WatchStateRequest request;
  request.set_group(options.group);
  request.set_rate_hz(options.rate_hz);

  std::optional<Screen> screen;
  if (output.out_is_terminal() && !output.json()) screen.emplace(output);
  unsigned shown = 0;
  // A slow watch is silent for as long as its period.
  QuietNote quiet(output, "state", Nanos(std::llround(1e9 / options.rate_hz)));
  const auto show = [&](const v1::StateFrame& frame) {
    quiet.Heard();
    if (screen && quiet.TakeSaid()) screen->Leave();
    if (output.json()) {
      output.Show(frame, JsonLayout::kOneLine);
    } else if (screen) {
      screen->Draw(StateTables(frame, output));
    } else {
      output.Print(StateLine(frame));
    }
    return output.good() && ++shown != options.count;
  };
  client::CallOptions call = session.Within(Nanos{0});
  quiet.ListenTo(call);
  return (*connection)->Watch(client::kWatchState, request, show, call);
}

}  // namespace soarm::cli
