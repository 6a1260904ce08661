#pragma once

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/adversary/play/action.h"
#include "tests/adversary/stage/daemon.h"
#include "tests/adversary/stage/frames.h"
#include "tests/adversary/stage/recorder.h"

namespace soarm::adversary {

// A reference somebody shows, and what the judge is told of it.
struct Reference {
  LeaseRef ref;
  Shown shown;
};

// Everybody who calls the daemon, over the port that its edge calls: honest holders, former ones
// that go on, strangers with guessed references. What they do is in docs of each verb:
//
//   acquire groups= class= highest= preempt=yes ttl= renew=   every `renew` from then on; 0: never
//   renew, release, scale value=
//   stream group= JOINT=... rate= ttl= for= close=yes late= order= jitter= seq=    see frames.h
//   close                                       all streams of the client
//   move group= JOINT=... scale= at_least=, cancel
//   enable group= deadline=, limp group= deadline=, mend group= joint= deadline=
//   stop groups= level=, clear id=last|all|NUMBER
//   vanish                                      renews no more, closes streams, leaves calls
//
// All that show a lease take `as`: own (default), former, stolen, next, before, random, none; and
// `of`, the client whose lease it is about.
//
// A process that stands still is called when it goes on: the calls lie in its sockets.
//
// Threads  one.
class Clients {
 public:
  Clients(const SceneFacts& scene, Timeline& timeline, Daemon& daemon, Recorder& recorder,
          std::uint64_t seed);

  // False for a verb that is not known.
  bool Perform(const Action& action);
  // The daemon ends in order: its edge ends all streams first.
  void EndStreams();

  // --- for the streams
  Reference ReferenceFor(const Action& action);
  const SceneFacts& scene() const { return scene_; }
  Timeline& timeline() { return timeline_; }
  Daemon& daemon() { return daemon_; }
  Recorder& recorder() { return recorder_; }
  const GroupInfo* FindGroup(std::string_view name) const;
  std::size_t SceneJoint(std::size_t bus, std::size_t joint) const;
  bool IsGone(std::uint64_t life) const {
    return daemon_.robot() == nullptr || daemon_.life() != life;
  }

 private:
  struct Held {
    LeaseRef ref;
    LeaseNumber number = 0;
    std::uint64_t life = 0;  // of the daemon that granted it
  };
  struct Call {
    std::uint32_t call = 0;
    std::uint64_t id = 0;  // the daemon's
    bool is_move = false;
    std::uint64_t life = 0;
  };
  struct Client {
    std::optional<Held> held;
    std::optional<Held> former;
    std::vector<std::shared_ptr<FrameStream>> streams;
    std::vector<Call> calls;  // unanswered
    std::string last_stop;
  };

  void Now(const Action& action);
  void Acquire(const Action& action);
  void RenewOf(int client, const Reference& reference);
  void KeepRenewing(int client, LeaseNumber number, Time every);
  void Release(const Action& action);
  void SetScale(const Action& action);
  void Stream(const Action& action);
  void Close(Client& client);
  void Move(const Action& action);
  void Ask(const Action& action, CallKind kind);
  void Leave(int client, std::uint32_t call);
  void CancelMove(Client& client);
  void StopNow(const Action& action);
  void Clear(const Action& action);
  void Vanish(Client& client);
  // What the daemon calls with the answer to `call`.
  Completion AnswerTo(int client, std::uint32_t call);

  const SceneFacts& scene_;
  Timeline& timeline_;
  Daemon& daemon_;
  Recorder& recorder_;
  std::mt19937_64 random_;
  std::map<int, Client> clients_;
  std::vector<std::size_t> first_joint_;  // by bus, in the scene
  LeaseNumber last_lease_ = 0;
  std::uint32_t last_call_ = 0;
};

}  // namespace soarm::adversary
