#include "tests/adversary/play/shrink.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace soarm::adversary {
namespace {

class Shrinker {
 public:
  Shrinker(Script script, const StillShows& shows, int tries)
      : best_(std::move(script)), shows_(shows), tries_(tries) {}

  Script Run() {
    bool better = true;
    while (better && tries_ > 0) {
      better = CutLength();
      better = DropActions() || better;
      better = SimplifySetting() || better;
      better = DropArguments() || better;
      better = RoundValues() || better;
      better = CloseGaps() || better;
    }
    return best_;
  }

 private:
  bool Try(Script candidate) {
    if (tries_ <= 0 || candidate.actions.size() > best_.actions.size()) return false;
    --tries_;
    if (!shows_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  // An end that is early costs every later try less.
  bool CutLength() {
    bool better = false;
    for (Time step = best_.setting.length / 2; step >= 50 * kMilli; step /= 2) {
      Script shorter = best_;
      shorter.setting.length -= step;
      if (shorter.setting.length <= 0) continue;
      std::erase_if(shorter.actions,
                    [&](const Action& action) { return action.at >= shorter.setting.length; });
      better = Try(std::move(shorter)) || better;
    }
    return better;
  }

  // Delta debugging: big pieces first.
  bool DropActions() {
    bool better = false;
    for (std::size_t piece = std::max<std::size_t>(1, best_.actions.size() / 2);; piece /= 2) {
      for (std::size_t from = 0; from < best_.actions.size();) {
        Script fewer = best_;
        const auto begin = fewer.actions.begin() + static_cast<std::ptrdiff_t>(from);
        const std::size_t size = std::min(piece, fewer.actions.size() - from);
        fewer.actions.erase(begin, begin + static_cast<std::ptrdiff_t>(size));
        if (Try(std::move(fewer))) {
          better = true;
        } else {
          from += piece;
        }
      }
      if (piece <= 1) break;
    }
    return better;
  }

  bool SimplifySetting() {
    bool better = false;
    const auto attempt = [&](auto change) {
      Script simpler = best_;
      change(simpler.setting);
      if (PrintScript(simpler) != PrintScript(best_)) better = Try(std::move(simpler)) || better;
    };
    attempt([](Setting& setting) { setting.firmware = {}; });
    attempt([](Setting& setting) { setting.gentle = false; });
    attempt([](Setting& setting) { setting.timing = sim::WireTiming::kSlots; });
    attempt([](Setting& setting) { setting.rate_hz = 200; });
    attempt([](Setting& setting) { setting.robot = "so101"; });
    attempt([](Setting& setting) { setting.seed = 1; });
    return better;
  }

  bool DropArguments() {
    bool better = false;
    for (std::size_t i = 0; i < best_.actions.size(); ++i) {
      for (std::size_t k = 0; k < best_.actions[i].arguments.size();) {
        Script fewer = best_;
        auto& arguments = fewer.actions[i].arguments;
        arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(k));
        if (Try(std::move(fewer))) {
          better = true;
        } else {
          ++k;
        }
      }
    }
    return better;
  }

  static std::string Rounded(const std::string& text) {
    double number = 0;
    Time span = 0;
    if (ParseSpan(text, span)) {
      const Time grain = span >= 1000 * kMilli ? 100 * kMilli
                         : span >= 10 * kMilli ? 10 * kMilli
                                               : kMilli;
      return PrintSpan(std::max(grain, span / grain * grain));
    }
    if (ParseNumber(text, number) && std::isfinite(number) && std::abs(number) < 1e6) {
      const double rounded = std::round(number * 10) / 10;
      return PrintNumber(rounded == 0 ? 0.0 : rounded);
    }
    const std::size_t wave = text.find('~');
    return wave == std::string::npos ? text : text.substr(0, wave);
  }

  bool RoundValues() {
    bool better = false;
    for (std::size_t i = 0; i < best_.actions.size(); ++i) {
      for (std::size_t k = 0; k < best_.actions[i].arguments.size(); ++k) {
        Script rounder = best_;
        std::string& text = rounder.actions[i].arguments[k].second;
        const std::string rounded = Rounded(text);
        if (rounded == text) continue;
        text = rounded;
        better = Try(std::move(rounder)) || better;
      }
    }
    return better;
  }

  // Everything from an action on happens earlier, at rounder times.
  bool CloseGaps() {
    bool better = false;
    for (std::size_t i = 0; i < best_.actions.size(); ++i) {
      const Time before = i == 0 ? 0 : best_.actions[i - 1].at;
      const Time gap = best_.actions[i].at - before;
      for (const Time left : {Time{0}, 10 * kMilli, 100 * kMilli, gap / 2, gap / kMilli * kMilli}) {
        if (left >= gap) continue;
        Script tighter = best_;
        for (std::size_t k = i; k < tighter.actions.size(); ++k) {
          tighter.actions[k].at -= gap - left;
        }
        tighter.setting.length -= gap - left;
        if (Try(std::move(tighter))) {
          better = true;
          break;
        }
      }
    }
    return better;
  }

  Script best_;
  const StillShows& shows_;
  int tries_;
};

}  // namespace

Script Shrink(Script script, const StillShows& shows, int tries) {
  return Shrinker(std::move(script), shows, tries).Run();
}

}  // namespace soarm::adversary
