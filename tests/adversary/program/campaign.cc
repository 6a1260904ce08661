#include "tests/adversary/program/campaign.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <map>
#include <memory>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace soarm::adversary {
namespace {

using WallClock = std::chrono::steady_clock;

constexpr int kProgressEvery_ms = 5'000;
// How much longer than its own time a play may take: more is a wait for what never comes.
constexpr int kStarved = 10;

// From a worker to the parent: a letter, the size, the text.
//   b SEED               begins
//   c TRANSITION         reached for the first time in this worker
//   f SEED\nRULE,RULE   failed
//   v SEED\nAT\nRULE\nWHAT\nSCRIPT
//   d SECONDS            done
void Send(int descriptor, char kind, const std::string& text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  std::string message(1, kind);
  message.append(reinterpret_cast<const char*>(&size), sizeof(size));
  message += text;
  for (std::size_t sent = 0; sent < message.size();) {
    const ssize_t done = write(descriptor, message.data() + sent, message.size() - sent);
    if (done <= 0) _exit(3);
    sent += static_cast<std::size_t>(done);
  }
}

// Of a process that is busy beside a build only its own time tells whether it gets anywhere.
double CpuTimeOf(pid_t process) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::string Joined(const std::set<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ",") + word;
  return all;
}

void Report(int descriptor, std::uint64_t seed, const Violation& violation, const Script& script) {
  Send(descriptor, 'v',
       std::to_string(seed) + "\n" + std::to_string(violation.at) + "\n" + violation.rule + "\n" +
           violation.what + "\n" + PrintScript(script));
}

// Plays `first`, `first` + jobs, ... until `last`, or until `until`.
[[noreturn]] void Work(const Options& options, const Player& play, std::uint64_t first,
                       WallClock::time_point until, int descriptor) {
  std::set<std::string> told;
  const auto step = static_cast<std::uint64_t>(options.jobs);
  for (std::uint64_t seed = first; options.minutes > 0 || seed <= options.last_seed; seed += step) {
    if (options.minutes > 0 && WallClock::now() >= until) break;
    Send(descriptor, 'b', std::to_string(seed));
    const Script script = MakePlay(seed, options.wish);
    const PlayResult result = play(script);
    std::set<std::string> rules;
    std::vector<Violation> firsts;
    for (const Violation& violation : result.violations) {
      if (!options.Counts(violation.rule) || !rules.insert(violation.rule).second) continue;
      firsts.push_back(violation);
    }
    // Shrinking may take longer than who waits for it has.
    if (!rules.empty()) Send(descriptor, 'f', std::to_string(seed) + "\n" + Joined(rules));
    for (const Violation& violation : firsts) {
      Report(descriptor, seed, violation,
             options.shrink ? ShrinkTo(script, violation.rule) : script);
    }
    for (const std::string& transition : result.reached) {
      if (told.insert(transition).second) Send(descriptor, 'c', transition);
    }
    Send(descriptor, 'd', std::to_string(static_cast<double>(options.wish.length) * 1e-9));
  }
  _exit(0);
}

class Campaign {
 public:
  Campaign(const Options& options, const Listener& listener, const Player& play)
      : options_(options),
        listener_(listener),
        play_(play),
        until_(began_ + std::chrono::duration_cast<WallClock::duration>(
                            std::chrono::duration<double>(options.minutes * 60))) {}

  Summary Run() {
    for (int job = 0; job < options_.jobs; ++job) {
      Start(options_.first_seed + static_cast<std::uint64_t>(job));
    }
    auto next_progress = began_ + std::chrono::milliseconds(kProgressEvery_ms);
    while (!workers_.empty()) {
      Listen();
      EndHangs();
      if (IsEnough()) EndAll();
      summary_.real_s = std::chrono::duration<double>(WallClock::now() - began_).count();
      if (WallClock::now() < next_progress) continue;
      next_progress = WallClock::now() + std::chrono::milliseconds(kProgressEvery_ms);
      listener_.on_progress(summary_);
    }
    return summary_;
  }

 private:
  struct Worker {
    pid_t process = 0;
    std::string received;
    std::uint64_t seed = 0;  // being played
    bool playing = false;
    bool hung = false;
    WallClock::time_point heard{};
    double heard_at_cpu_s = 0;
  };

  void Start(std::uint64_t first) {
    if (options_.minutes <= 0 && first > options_.last_seed) return;
    if (options_.minutes > 0 && WallClock::now() >= until_) return;
    int ends[2];
    if (pipe(ends) != 0) return;
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      for (const auto& [descriptor, worker] : workers_) close(descriptor);
      Work(options_, play_, first, until_, ends[1]);
    }
    close(ends[1]);
    workers_[ends[0]] = {.process = child, .heard = WallClock::now()};
  }

  void Listen() {
    std::vector<pollfd> polled;
    for (const auto& [descriptor, worker] : workers_) polled.push_back({descriptor, POLLIN, 0});
    poll(polled.data(), polled.size(), 1'000);
    for (const pollfd& one : polled) {
      if (one.revents == 0 || IsEnough()) continue;
      Worker& worker = workers_[one.fd];
      char buffer[65536];
      const ssize_t size = read(one.fd, buffer, sizeof(buffer));
      if (size > 0) {
        worker.received.append(buffer, static_cast<std::size_t>(size));
        worker.heard = WallClock::now();
        worker.heard_at_cpu_s = CpuTimeOf(worker.process);
        Understand(worker);
      } else {
        Bury(one.fd);
      }
    }
  }

  void Understand(Worker& worker) {
    constexpr std::size_t kHead = 1 + sizeof(std::uint32_t);
    while (worker.received.size() >= kHead && !IsEnough()) {
      std::uint32_t size = 0;
      std::memcpy(&size, worker.received.data() + 1, sizeof(size));
      if (worker.received.size() < kHead + size) return;
      const char kind = worker.received[0];
      const std::string text = worker.received.substr(kHead, size);
      worker.received.erase(0, kHead + size);
      if (kind == 'b') {
        worker.seed = std::stoull(text);
        worker.playing = true;
      } else if (kind == 'c') {
        summary_.reached.insert(text);
      } else if (kind == 'd') {
        worker.playing = false;
        ++summary_.plays;
        summary_.simulated_s += std::stod(text);
      } else if (kind == 'f') {
        const std::size_t end = text.find('\n');
        const std::vector<std::string> rules = SplitList(text.substr(end + 1));
        Find(std::stoull(text.substr(0, end)), {rules.begin(), rules.end()});
      } else if (kind == 'v') {
        Fail(text);
      }
    }
  }

  void Find(std::uint64_t seed, const std::set<std::string>& rules) {
    const Script script = MakePlay(seed, options_.wish);
    listener_.on_finding({.seed = seed, .setting = script.setting, .rules = rules});
  }

  void Fail(const std::string& text) {
    Failure failure;
    std::array<std::string, 4> lines;
    std::size_t from = 0;
    for (std::string& line : lines) {
      const std::size_t end = text.find('\n', from);
      line = text.substr(from, end - from);
      from = end + 1;
    }
    failure.seed = std::stoull(lines[0]);
    failure.violation = {.at = std::stoll(lines[1]), .rule = lines[2], .what = lines[3]};
    failure.script = text.substr(from);
    Add(std::move(failure));
  }

  void Add(Failure failure) {
    listener_.on_failure(failure);
    summary_.failures.push_back(std::move(failure));
  }

  // A worker whose pipe has closed: done, or dead in the midst of a play, which is a finding; then
  // another goes on behind it.
  void Bury(int descriptor) {
    const Worker worker = workers_[descriptor];
    workers_.erase(descriptor);
    close(descriptor);
    int status = 0;
    waitpid(worker.process, &status, 0);
    if (!worker.playing) return;
    const std::string rule = worker.hung ? kHang : kCrash;
    if (options_.Counts(rule)) {
      Find(worker.seed, {rule});
      const Script script = MakePlay(worker.seed, options_.wish);
      Add({.seed = worker.seed,
           .violation = {.rule = rule,
                         .what = "the process ended with status " + std::to_string(status)},
           .script = PrintScript(options_.shrink ? ShrinkTo(script, rule) : script)});
    }
    if (!IsEnough()) Start(worker.seed + static_cast<std::uint64_t>(options_.jobs));
  }

  bool IsEnough() const { return options_.first && !summary_.failures.empty(); }

  void EndAll() {
    for (const auto& [descriptor, worker] : workers_) {
      kill(worker.process, SIGKILL);
      waitpid(worker.process, nullptr, 0);
      close(descriptor);
    }
    workers_.clear();
  }

  void EndHangs() {
    for (auto& [descriptor, worker] : workers_) {
      // Shrinking takes its time.
      const int most_s = options_.shrink ? 30 * kLongestPlay_s : kLongestPlay_s;
      const bool spins = CpuTimeOf(worker.process) - worker.heard_at_cpu_s >= most_s;
      const bool waits = WallClock::now() - worker.heard >= kStarved * std::chrono::seconds(most_s);
      if (worker.hung || (!spins && !waits)) continue;
      worker.hung = true;
      kill(worker.process, SIGKILL);
    }
  }

  const Options& options_;
  const Listener& listener_;
  const Player& play_;
  const WallClock::time_point began_ = WallClock::now();
  const WallClock::time_point until_;
  std::map<int, Worker> workers_;  // by the descriptor of their pipe
  Summary summary_;
};

}  // namespace

Summary RunCampaign(const Options& options, const Listener& listener, const Player& play) {
  return Campaign(options, listener, play).Run();
}

}  // namespace soarm::adversary
