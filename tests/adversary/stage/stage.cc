#include "tests/adversary/stage/stage.h"

#include <algorithm>
#include <vector>

namespace soarm::adversary {
namespace {

Time SpanOf(const Action& action) { return action.Span("span", 1'000'000'000); }

// On a machine that sleeps nothing befalls a process before it wakes.
std::vector<Action> WhileAwake(std::span<const Action> actions) {
  std::vector<Action> kept(actions.begin(), actions.end());
  Time wakes_at = 0;
  for (Action& action : kept) {
    if (action.actor != Actor::kProcess) continue;
    action.at = std::max(action.at, wakes_at);
    if (action.verb == "suspend") wakes_at = action.at + SpanOf(action);
  }
  SortByTime(kept);
  return kept;
}

}  // namespace

Stage::Stage(const Setting& setting, Audience& audience)
    : setting_(setting),
      buses_(BusesOf(setting)),
      scene_(SceneOf(setting, buses_)),
      audience_(audience),
      bench_(setting, scene_, timeline_, audience),
      recorder_(timeline_, bench_, audience),
      daemon_(setting, timeline_, bench_),
      watcher_(scene_, daemon_, recorder_),
      clients_(scene_, timeline_, daemon_, recorder_, setting.seed),
      world_(scene_, bench_, recorder_) {
  daemon_.on_tick = [this](std::size_t) { watcher_.Look(); };
}

void Stage::StartDaemon() {
  if (daemon_.running()) return;
  recorder_.Tell(ProcessDid{.fate = ProcessFate::kStarted});
  daemon_.Start();
}

bool Stage::Play(std::span<const Action> script) {
  const std::vector<Action> actions = WhileAwake(script);
  audience_.Begin(scene_);
  bench_.Live();
  // What a play's script wants before the daemon is there comes first.
  std::size_t next = 0;
  bool understood = true;
  for (; next < actions.size() && actions[next].at <= 0; ++next) {
    understood = Perform(actions[next]) && understood;
  }
  StartDaemon();
  for (; next < actions.size() && actions[next].at < setting_.length; ++next) {
    timeline_.WaitUntil(actions[next].at);
    understood = Perform(actions[next]) && understood;
  }
  timeline_.WaitUntil(setting_.length);
  bench_.CatchUp();
  audience_.End(timeline_.now());
  daemon_.on_tick = nullptr;
  daemon_.Kill();
  return understood;
}

bool Stage::Perform(const Action& action) {
  switch (action.actor) {
    case Actor::kClient:
      return clients_.Perform(action);
    case Actor::kWorld:
      return world_.Perform(action);
    case Actor::kProcess:
      return PerformProcess(action);
  }
  return false;
}

bool Stage::PerformProcess(const Action& action) {
  const std::string& verb = action.verb;
  const Time span = SpanOf(action);
  if (verb == "start") {
    StartDaemon();
  } else if (verb == "kill") {
    if (daemon_.robot() == nullptr) return true;
    recorder_.Tell(ProcessDid{.fate = ProcessFate::kKilled});
    daemon_.Kill();
  } else if (verb == "end") {
    if (daemon_.robot() == nullptr) return true;
    const bool limp = action.Text("state") == "limp";
    recorder_.Tell(ProcessDid{.fate = ProcessFate::kEnded, .limp = limp});
    clients_.EndStreams();
    ProcessDid done{.fate = ProcessFate::kEndedDone, .limp = limp};
    done.confirmed =
        daemon_.End(limp ? control::EndState::kLimp : control::EndState::kHold, done.not_reached);
    recorder_.Tell(done);
  } else if (verb == "disk") {
    const bool full = action.Text("full", "yes") == "yes";
    recorder_.Tell(ProcessDid{.fate = full ? ProcessFate::kDiskFull : ProcessFate::kDiskFree});
    daemon_.state_folder().SetFull(full);
  } else if (verb == "freeze") {
    if (!daemon_.running()) return true;
    recorder_.Tell(ProcessDid{.fate = ProcessFate::kFrozen, .span = span});
    daemon_.FreezeUntil(timeline_.now() + span);
  } else if (verb == "suspend") {
    recorder_.Tell(ProcessDid{.fate = ProcessFate::kSuspended, .span = span});
    daemon_.Suspend(span);
  } else {
    return false;
  }
  return true;
}

}  // namespace soarm::adversary
