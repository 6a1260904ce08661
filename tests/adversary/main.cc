// A first use: plays a script and prints the truth ten times a second.

#include <cstdio>
#include <fstream>
#include <sstream>

#include "tests/adversary/play/script.h"
#include "tests/adversary/stage/stage.h"

namespace {

using namespace soarm::adversary;  // NOLINT

class Printer final : public Audience {
 public:
  void Begin(const SceneFacts&) override {}
  void On(const Event& event) override {
    ++events;
    if (auto* s = std::get_if<StateSeen>(&event.what)) last = *s;
    if (auto* c = std::get_if<CallAnswered>(&event.what))
      std::printf("%.4f answered %d %s\n", static_cast<double>(event.at) * 1e-9, c->ok,
                  c->reason.c_str());
  }
  void On(const TruthFrame& frame) override {
    if (frame.at % 100'000'000 != 0) return;
    std::printf("%6.2f", static_cast<double>(frame.at) * 1e-9);
    for (const ShaftTruth& shaft : frame.shafts)
      std::printf(" %8.4f%s", shaft.angle_rad, shaft.torque_on ? "*" : " ");
    if (!last.groups.empty())
      std::printf(" %d %s", static_cast<int>(last.groups[0].mode), last.groups[0].cause.c_str());
    std::printf("\n");
  }
  void End(Time) override { std::printf("%zu events\n", events); }
  std::size_t events = 0;
  StateSeen last;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  std::ifstream file(argv[1]);
  std::stringstream text;
  text << file.rdbuf();
  const auto script = ParseScript(text.str());
  if (!script.ok()) {
    std::fprintf(stderr, "%s\n", std::string(script.status().message()).c_str());
    return 2;
  }
  Printer printer;
  Stage stage(script->setting, printer);
  return stage.Play(script->actions) ? 0 : 1;
}
