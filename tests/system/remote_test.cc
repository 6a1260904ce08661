#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clients/cpp/connection.h"
#include "clients/cpp/paired_robots.h"
#include "clients/cpp/pairing.h"
#include "clients/tools/soarm/commands/commands.h"
#include "common/base/problem.h"
#include "common/base/small_file.h"
#include "common/tls/authority.h"
#include "tests/system/driving.h"
#include "tests/system/remote_robot.h"

namespace soarm::test {
namespace {

// One of loopback's that nobody has now.
int FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(fd);
  return ::ntohs(address.sin_port);
}

std::string WhyNot(const client::PairedRobot& robot) {
  return ReasonOf(client::Connection::Open(client::AddressOf(robot)).status());
}

TEST(RemoteTest, APairedMachineMovesTheArmByTheRobotsName) {
  Robot robot;
  ASSERT_TRUE(robot.daemon().WaitForFreshJoints(6));
  const client::PairedRobot paired = robot.Pair();
  EXPECT_EQ(paired.role, "operator");
  client::PairedRobot named = paired;
  named.name = "bench";
  const TemporaryFolder home;
  ASSERT_TRUE(client::SavePairedRobot(home.File("soarm"), named).ok());
  ::setenv("XDG_CONFIG_HOME", home.path().c_str(), 1);
  for (const std::vector<std::string>& typed :
       {std::vector<std::string>{"torque", "on"}, {"move", "shoulder_pan=20deg"}}) {
    std::vector<std::string> all = {"--server", "bench"};
    all.insert(all.end(), typed.begin(), typed.end());
    Process soarm("soarm", all);
    EXPECT_EQ(soarm.WaitForExit(), 0) << soarm.errors();
  }
  ::unsetenv("XDG_CONFIG_HOME");
  EXPECT_NEAR(ServosOf(robot.daemon().connection())[1].position_rad(), 0.349, 0.03);
}

TEST(RemoteTest, AViewerSeesAndStopsAndMovesNothing) {
  Robot robot;
  ASSERT_TRUE(robot.daemon().WaitForFreshJoints(6));
  const auto viewer = client::Connection::Open(client::AddressOf(robot.Pair(v1::VIEWER)));
  ASSERT_TRUE(viewer.ok()) << viewer.status();
  EXPECT_TRUE((*viewer)->Call(client::kGetState, {}).ok());
  EXPECT_EQ(ReasonOf((*viewer)->Call(client::kAcquireLease, {}).status()), "ROLE_TOO_LOW");
  EXPECT_EQ(ReasonOf((*viewer)->Call(client::kEnableTorque, {}).status()), "ROLE_TOO_LOW");
  EXPECT_TRUE((*viewer)->Call(client::kStop, {}).ok());
  EXPECT_EQ(ReasonOf((*viewer)->Call(client::kClear, {}).status()), "ROLE_TOO_LOW");
}

TEST(RemoteTest, WhoIsRevokedIsCutOffInMidStreamAndToldWhy) {
  Robot robot;
  const client::PairedRobot paired = robot.Pair();
  const auto laptop = client::Connection::Open(client::AddressOf(paired));
  ASSERT_TRUE(laptop.ok()) << laptop.status();
  std::atomic<int> frames{0};
  absl::Status ended;
  std::thread watching([&] {
    v1::WatchStateRequest request;
    ended = (*laptop)->Watch(client::kWatchState, request, [&](const v1::StateFrame&) {
      ++frames;
      return true;
    });
  });
  EXPECT_TRUE(Eventually([&] { return frames > 3; }));
  v1::AcquireLeaseRequest lease;
  lease.set_client_name("laptop");
  lease.mutable_ttl()->set_seconds(60);
  EXPECT_TRUE((*laptop)->Call(client::kAcquireLease, lease).ok());
  robot.Revoke(paired.client);
  const auto leases = robot.daemon().connection().Call(client::kListLeases, {});
  EXPECT_TRUE(leases.ok() && leases->leases().empty()) << "it drives nothing any more";
  watching.join();
  EXPECT_EQ(ReasonOf(ended), "CLIENT_REVOKED");
  EXPECT_EQ(WhyNot(paired), "CLIENT_REVOKED");
}

TEST(RemoteTest, WhoIsNotPairedIsToldSo) {
  Robot robot;
  Robot other;
  const client::PairedRobot paired = robot.Pair();
  client::PairedRobot stranger = other.Pair();
  EXPECT_EQ(WhyNot(stranger), "");
  // Another robot's certificate, shown to this one.
  stranger.tls.authority = paired.tls.authority;
  stranger.hosts = paired.hosts;
  stranger.port = paired.port;
  EXPECT_EQ(WhyNot(stranger), "CLIENT_UNKNOWN");
  // This robot's address, where another one answers.
  client::PairedRobot moved = paired;
  moved.port = other.Pair().port;
  EXPECT_EQ(WhyNot(moved), "ROBOT_MISMATCH");
}

TEST(RemoteTest, AForgedRobotGetsNothing) {
  Robot robot;
  Robot forger;
  tls::JoinString join = robot.Offer();
  join.port = forger.Offer().port;
  EXPECT_EQ(ReasonOf(client::JoinRobot(join, "laptop").status()), "FINGERPRINT_MISMATCH");
  EXPECT_EQ(forger.Pairing().tries_left(), 5) << "no secret came";
  EXPECT_EQ(robot.Pairing().tries_left(), 5);
}

TEST(RemoteTest, FiveWrongSecretsShutTheWindow) {
  Robot robot;
  const tls::JoinString good = robot.Offer();
  tls::JoinString wrong = good;
  wrong.secret = "AAAAAAAAAAAAAAAAAAAAAA";
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ReasonOf(client::JoinRobot(wrong, "laptop").status()), "WRONG_SECRET") << i;
  }
  EXPECT_FALSE(robot.Pairing().open());
  // Its endpoint says so for a moment, and is gone then.
  const std::string reason = ReasonOf(client::JoinRobot(good, "laptop").status());
  EXPECT_TRUE(reason == "PAIRING_CLOSED" || reason == "DAEMON_UNREACHABLE") << reason;
}

TEST(RemoteTest, ASecretIsGoodOnce) {
  Robot robot;
  const tls::JoinString join = robot.Offer();
  ASSERT_TRUE(client::JoinRobot(join, "laptop").ok());
  EXPECT_NE(ReasonOf(client::JoinRobot(join, "other").status()), "");
  const auto clients = robot.daemon().connection().Call(client::kListClients, {});
  ASSERT_TRUE(clients.ok());
  EXPECT_EQ(clients->clients_size(), 1);
}

TEST(RemoteTest, PairingAndKeysOutliveARestartAndAreNotLogged) {
  const TemporaryFolder folder;
  const std::vector<std::string> args = {"--sim", "--listen", "tls:127.0.0.1:0"};
  client::PairedRobot paired;
  std::string secret;
  {
    RunningDaemon daemon(folder, args);
    const auto offer = daemon.connection().Call(client::kOpenPairing, {});
    ASSERT_TRUE(offer.ok()) << offer.status();
    const auto join = tls::ParseJoinString(offer->join_string());
    ASSERT_TRUE(join.ok());
    secret = join->secret;
    auto joined = client::JoinRobot(*join, "laptop");
    ASSERT_TRUE(joined.ok()) << joined.status();
    paired = *std::move(joined);
    EXPECT_EQ(daemon.process().errors().find(secret), std::string::npos);
    EXPECT_EQ(daemon.process().errors().find("PRIVATE KEY"), std::string::npos);
    const std::string audit = ReadSmallFile(folder.File("state/audit.log")).text;
    EXPECT_NE(audit.find("soarm.v1.PairingService.OpenPairing"), std::string::npos);
    EXPECT_EQ(audit.find(secret), std::string::npos);
  }
  RunningDaemon daemon(folder, args);
  const auto info = daemon.connection().Call(client::kGetInfo, {});
  ASSERT_TRUE(info.ok());
  for (const std::string& address : info->listening()) {
    const std::size_t port = address.rfind(':');
    if (address.starts_with("tls:")) {
      paired.port = static_cast<std::uint16_t>(std::stoi(address.substr(port + 1)));
    }
  }
  EXPECT_EQ(WhyNot(paired), "");
}

// What is planted as a secret is found in no log, no file but those that are for it, and no answer.
TEST(RemoteTest, NoSecretIsToldToAnybody) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim", "--listen", "tls:127.0.0.1:0", "--log-level", "trace"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  client::Connection& local = daemon.connection();
  const auto offer = local.Call(client::kOpenPairing, {});
  ASSERT_TRUE(offer.ok()) << offer.status();
  const auto join = tls::ParseJoinString(offer->join_string());
  ASSERT_TRUE(join.ok());
  tls::JoinString wrong = *join;
  wrong.secret = "AAAAAAAAAAAAAAAAAAAAAA";
  const absl::Status refused = client::JoinRobot(wrong, "laptop").status();
  const auto paired = client::JoinRobot(*join, "laptop");
  ASSERT_TRUE(paired.ok()) << paired.status();
  const auto laptop = client::Connection::Open(client::AddressOf(*paired));
  ASSERT_TRUE(laptop.ok()) << laptop.status();
  v1::AcquireLeaseRequest acquire;
  acquire.set_client_name("laptop");
  const auto lease = (*laptop)->Call(client::kAcquireLease, acquire);
  ASSERT_TRUE(lease.ok()) << lease.status();
  const std::string token = lease->lease().token();

  std::string told = refused.ToString();
  v1::RenewLeaseRequest guess;
  *guess.mutable_lease() = lease->lease();
  guess.mutable_lease()->set_token("a guess");
  told += (*laptop)->Call(client::kRenewLease, guess).status().ToString();
  v1::AcquireLeaseRequest second;
  second.set_client_name("another");
  told += local.Call(client::kAcquireLease, second).status().ToString();
  const auto ask = [&](const auto& method) {
    const auto answer = local.Call(method, {});
    told += answer.ok() ? answer->DebugString() : answer.status().ToString();
  };
  ask(client::kGetInfo);
  ask(client::kGetStatus);
  ask(client::kGetState);
  ask(client::kGetDescription);
  ask(client::kGetSafety);
  ask(client::kGetPairing);
  ask(client::kListClients);
  ask(client::kListLeases);
  ask(client::kListPoses);
  const std::filesystem::path state = folder.File("state");
  for (const auto& file : std::filesystem::recursive_directory_iterator(state)) {
    const bool is_key = file.path().extension() == ".key";
    if (file.is_regular_file() && !is_key) told += ReadSmallFile(file.path()).text;
  }
  told += daemon.process().errors();
  EXPECT_NE(told.find("lease granted"), std::string::npos) << "the audit was read";
  EXPECT_NE(told.find("soarmd ready"), std::string::npos) << "so was the log";
  const auto body_of = [](const std::string& pem) { return pem.substr(pem.find('\n') + 1, 60); };
  const std::pair<const char*, std::string> secrets[] = {
      {"the join string", offer->join_string()},
      {"its secret", join->secret},
      {"the lease's token", token},
      {"the client's key", body_of(paired->tls.key)},
      {"the robot's key", body_of(ReadSmallFile(folder.File("state/tls/robot.key")).text)},
      {"the server's key", body_of(ReadSmallFile(folder.File("state/tls/server.key")).text)}};
  for (const auto& [name, secret] : secrets) {
    EXPECT_GE(secret.size(), 16u) << name;
    EXPECT_EQ(told.find(secret), std::string::npos) << name;
  }
}

TEST(RemoteTest, WhoseCertificateIsOverIsToldSo) {
  Robot robot;
  client::PairedRobot paired = robot.Pair();
  const std::string keys = robot.folder().File("state/tls/robot");
  const auto authority =
      tls::Authority::FromPem(ReadSmallFile(keys + ".key").text, ReadSmallFile(keys + ".crt").text);
  ASSERT_TRUE(authority.ok()) << authority.status();
  const auto key = tls::PrivateKey::FromPem(paired.tls.key);
  constexpr std::int64_t kLongAgo_s = 1'710'000'000;
  paired.tls.certificate =
      authority->IssueClient(*tls::MakeRequest(*key, "laptop"), "laptop", kLongAgo_s)->ToPem();
  EXPECT_EQ(WhyNot(paired), "CLIENT_EXPIRED");
}

// What `soarm pair` refuses before it asks anybody, or hears in the end.
TEST(RemoteTest, TheCommandNamesWhatIsWrongWithIt) {
  Robot robot;
  std::FILE* nowhere = std::fopen("/dev/null", "w");
  cli::Output output(nowhere, nowhere, /*json=*/false, /*no_colour=*/true);
  cli::Session session{.server = "unix:" + robot.daemon().socket(), .output = output};
  const std::string join = robot.Offer().ToString();
  session.surroundings.config_folder = robot.folder().File("config");
  EXPECT_EQ(ReasonOf(cli::RunPairJoin(session, {.join_string = join, .name = "a b"})),
            "BAD_ROBOT_NAME");
  session.surroundings.config_folder = "";
  EXPECT_EQ(ReasonOf(cli::RunPairJoin(session, {.join_string = join, .name = ""})), "NO_HOME");
  EXPECT_TRUE(robot.daemon().connection().Call(client::kClosePairing, {}).ok());
  absl::Status ended;
  std::thread waiting([&] { ended = cli::RunPairOpen(session, {}); });
  EXPECT_TRUE(Eventually([&] { return robot.Pairing().open(); }));
  EXPECT_TRUE(robot.daemon().connection().Call(client::kClosePairing, {}).ok());
  waiting.join();
  EXPECT_EQ(ReasonOf(ended), "NOBODY_PAIRED");
  std::fclose(nowhere);
}

TEST(RemoteTest, ARobotWhoseFilesAreNotWholeIsNamed) {
  Robot robot;
  const client::PairedRobot paired = robot.Pair();
  const std::string folder = robot.folder().File("config");
  ASSERT_TRUE(client::SavePairedRobot(folder, paired).ok());
  const auto found = client::FindPairedRobot(folder, paired.name);
  ASSERT_TRUE(found.ok() && *found) << found.status();
  EXPECT_EQ((*found)->tls.key, paired.tls.key);
  EXPECT_EQ((*found)->port, paired.port);
  std::filesystem::remove(folder + "/robots/" + paired.name + "/client.key");
  EXPECT_EQ(ReasonOf(client::FindPairedRobot(folder, paired.name).status()), "BAD_ROBOT_FILE");
}

TEST(RemoteTest, ItPairsAtThePortThatIsConfigured) {
  const TemporaryFolder folder;
  const int port = FreePort();
  folder.Write("soarmd.toml", "[tls]\npairing_port = " + std::to_string(port) + "\n");
  RunningDaemon daemon(
      folder, {"--sim", "--config", folder.File("soarmd.toml"), "--listen", "tls:127.0.0.1:0"});
  const auto offer = daemon.connection().Call(client::kOpenPairing, {});
  ASSERT_TRUE(offer.ok()) << offer.status();
  const auto join = tls::ParseJoinString(offer->join_string());
  ASSERT_TRUE(join.ok()) << join.status();
  EXPECT_EQ(join->port, port);
  EXPECT_TRUE(client::JoinRobot(*join, "laptop").ok());
}

TEST(RemoteTest, ADaemonWithoutAnAddressForItDoesNotPair) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  EXPECT_EQ(ReasonOf(daemon.connection().Call(client::kOpenPairing, {}).status()),
            "NO_TLS_ADDRESS");
}

TEST(RemoteTest, WithoutAPairedClientNobodyIsListenedTo) {
  Robot robot;
  const auto before = robot.daemon().connection().Call(client::kGetInfo, {});
  ASSERT_TRUE(before.ok());
  EXPECT_EQ(before->listening_size(), 1);
  EXPECT_EQ(before->tls_fingerprint(), "");
  robot.Offer();
  const auto after = robot.daemon().connection().Call(client::kGetInfo, {});
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->listening_size(), 2);
  EXPECT_EQ(after->tls_fingerprint().size(), 64u);
}

}  // namespace
}  // namespace soarm::test
