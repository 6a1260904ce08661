// `watch`: many watchers of the state. The first one looks at what it gets: how many joints were
// fresh, which raw positions they showed, whether ticks are missing; the others only take it.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <grpcpp/client_context.h>

#include "soarm/v1/state.grpc.pb.h"
#include "tests/perf/client/channel.h"
#include "tests/perf/realtime.h"
#include "tests/perf/samples.h"

namespace soarm::perf {
namespace {

struct JointRecord {
  std::map<int, int> positions;  // raw position of a fresh sample -> how often
  int stale = 0;
};

class Watcher final : public grpc::ClientReadReactor<v1::StateFrame> {
 public:
  Watcher(const std::string& address, int number, const v1::WatchStateRequest& request)
      : looks_(number == 0), request_(request) {
    stub_ = v1::StateService::NewStub(Connect(address, number));
    context_.set_wait_for_ready(true);
    stub_->async()->WatchState(&context_, &request_, this);
    StartRead(&frame_);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    ++frames_;
    skipped_ += frame_.skipped();
    if (looks_) Look(MonotonicNs());
    StartRead(&frame_);
  }
  void OnDone(const grpc::Status& status) override {
    const std::lock_guard lock(mutex_);
    failed_ = !status.ok() && status.error_code() != grpc::StatusCode::CANCELLED;
    message_ = status.error_message();
    done_ = true;
    ended_.notify_one();
  }

  void End() {
    context_.TryCancel();
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return done_; });
  }

  long frames() const { return frames_; }
  bool failed() const { return failed_; }
  const std::string& message() const { return message_; }

  std::string Json() const {
    std::ostringstream out;
    out << "\"frames\":" << frames_ << ",\"skipped\":" << skipped_
        << ",\"ticks_between\":" << (last_tick_ - first_tick_) << ",\"first_ns\":" << first_ns_
        << ",\"last_ns\":" << last_ns_ << ",\"fresh_joints\":{";
    const char* comma = "";
    for (const auto& [fresh, count] : fresh_joints_) {
      out << comma << "\"" << fresh << "\":" << count;
      comma = ",";
    }
    out << "},\"joints\":{";
    comma = "";
    for (const auto& [name, joint] : joints_) {
      out << comma << "\"" << name << "\":{\"stale\":" << joint.stale << ",\"positions\":{";
      const char* inner = "";
      for (const auto& [raw, count] : joint.positions) {
        out << inner << "\"" << raw << "\":" << count;
        inner = ",";
      }
      out << "}}";
      comma = ",";
    }
    out << "},\"age_us\":" << age_.Json();
    return out.str();
  }

 private:
  void Look(std::int64_t now) {
    if (first_tick_ == 0) {
      first_tick_ = frame_.tick();
      first_ns_ = now;
    }
    last_tick_ = frame_.tick();
    last_ns_ = now;
    age_.Add(now - frame_.sampled_ns());
    int fresh = 0;
    for (const v1::GroupState& group : frame_.groups()) {
      for (const v1::JointState& joint : group.joints()) {
        JointRecord& record = joints_[joint.name()];
        if (joint.stale()) {
          ++record.stale;
        } else {
          ++fresh;
          ++record.positions[joint.position_raw()];
        }
      }
    }
    ++fresh_joints_[fresh];
  }

  // Constant after construction.
  const bool looks_;
  const v1::WatchStateRequest request_;
  std::unique_ptr<v1::StateService::Stub> stub_;
  grpc::ClientContext context_;
  // Of the stream's callbacks, and of everybody after End().
  v1::StateFrame frame_;
  long frames_ = 0;
  long skipped_ = 0;
  std::uint64_t first_tick_ = 0;
  std::uint64_t last_tick_ = 0;
  std::int64_t first_ns_ = 0;
  std::int64_t last_ns_ = 0;
  std::map<int, int> fresh_joints_;
  std::map<std::string, JointRecord> joints_;
  Samples age_{200'000};
  // Guarded by mutex_.
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  bool failed_ = false;
  std::string message_;
};

}  // namespace

int Watch(const Arguments& arguments) {
  const int clients = static_cast<int>(arguments.Number("clients", 1));
  v1::WatchStateRequest request;
  request.set_rate_hz(arguments.Number("rate", 200));
  std::vector<std::unique_ptr<Watcher>> watchers;
  for (int number = 0; number < clients; ++number) {
    watchers.push_back(std::make_unique<Watcher>(arguments.Plain(0), number, request));
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(arguments.Number("seconds", 1)));
  for (const auto& watcher : watchers) watcher->End();

  long least = std::numeric_limits<long>::max();
  long all = 0;
  for (const auto& watcher : watchers) {
    least = std::min(least, watcher->frames());
    all += watcher->frames();
    if (watcher->failed()) {
      std::fprintf(stderr, "WatchState: %s\n", watcher->message().c_str());
      return 1;
    }
  }
  std::printf("{\"clients\":%d,\"frames_all\":%ld,\"frames_least\":%ld,%s}\n", clients, all, least,
              watchers.front()->Json().c_str());
  return 0;
}

}  // namespace soarm::perf
