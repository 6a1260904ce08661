#include "server/front/tls_identity.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <sys/stat.h>

#include "common/base/problem.h"
#include "server/front/key_files.h"
#include "server/front/robot_clock.h"

namespace soarm {
namespace {

constexpr const char* kRobot = "robot";
constexpr const char* kServer = "server";
constexpr std::int64_t kYear_s = 365 * 24 * 3600;
constexpr std::int64_t kServerLasts_s = 10 * kYear_s;

using MayWrite = KeyFiles::MayWrite;

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

absl::Status Empty(const char* reason) {
  return Refuse(absl::StatusCode::kInvalidArgument, reason, "", "The file is empty.", "");
}

// Of the robot; what is wrong is told of the file that is wrong.
absl::StatusOr<tls::Authority> AuthorityIn(const KeyFiles& files, const KeyFiles::Texts& texts) {
  if (IsBlank(texts.key)) return files.About(files.key(), Empty("BAD_KEY"));
  if (IsBlank(texts.certificate)) return files.About(files.certificate(), Empty("BAD_CERTIFICATE"));
  const auto certificate = tls::Certificate::FromPem(texts.certificate);
  if (!certificate.ok()) return files.About(files.certificate(), certificate.status());
  auto read = tls::Authority::FromPem(texts.key, texts.certificate);
  return read.ok() ? std::move(read) : files.About(files.key(), read.status());
}

absl::StatusOr<tls::Authority> MakeAuthority(const KeyFiles& files, std::string_view robot,
                                             const MayWrite& may_write) {
  auto made = tls::Authority::Make(robot);
  if (!made.ok()) return made;
  const absl::Status written = files.Write(made->key(), made->certificate(), may_write);
  return written.ok() ? std::move(made) : written;
}

// What ends before is made anew, unless no other could last longer.
std::int64_t RenewedUntil(std::int64_t now_s) {
  return std::min(LikelyDate(now_s) + kYear_s, tls::kAuthorityEnd_s);
}

// Nothing where it is missing, of another authority or old: it is made again, and no client minds.
std::optional<std::pair<tls::PrivateKey, tls::Certificate>> LoadServer(
    const KeyFiles& files, const tls::Authority& authority, std::int64_t now_s,
    const MayWrite& may_write) {
  const auto texts = files.Read(may_write);
  if (!texts.ok() || !*texts) return std::nullopt;
  auto key = tls::PrivateKey::FromPem((*texts)->key);
  auto certificate = tls::Certificate::FromPem((*texts)->certificate);
  if (!key.ok() || !certificate.ok() || !certificate->HasKey(*key)) return std::nullopt;
  if (!certificate->IsIssuedBy(authority.certificate())) return std::nullopt;
  if (certificate->ExpiresAt_s() < RenewedUntil(now_s)) return std::nullopt;
  return std::pair(*std::move(key), *std::move(certificate));
}

}  // namespace

std::string TlsIdentity::StampOf(const std::string& folder) {
  std::string stamp;
  for (const char* name : {kRobot, kServer}) {
    const KeyFiles files(folder, name);
    for (const std::string& path : {files.key(), files.certificate()}) {
      struct stat info{};
      if (::stat(path.c_str(), &info) == 0) {
        stamp += std::to_string(info.st_ino) + " " + std::to_string(info.st_size) + " " +
                 std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec);
      } else if (name == kRobot) {
        return "";
      }
      stamp += "\n";
    }
  }
  return stamp;
}

void TlsIdentity::RemoveLeavings(const std::string& folder) {
  for (const char* name : {kRobot, kServer}) KeyFiles(folder, name).RemoveLeavings();
}

bool TlsIdentity::IsDue(std::int64_t now_s) const {
  return server_.ExpiresAt_s() < RenewedUntil(now_s);
}

absl::StatusOr<TlsIdentity> TlsIdentity::LoadOrMake(
    const std::string& folder, std::string_view robot, std::int64_t now_s,
    const std::function<absl::Status()>& may_write) {
  const KeyFiles own(folder, kRobot);
  const auto texts = own.Read(may_write);
  if (!texts.ok()) return texts.status();
  const bool is_new = !*texts;
  auto authority = is_new ? MakeAuthority(own, robot, may_write) : AuthorityIn(own, **texts);
  if (!authority.ok()) return authority.status();
  const KeyFiles files(folder, kServer);
  if (auto server = LoadServer(files, *authority, now_s, may_write)) {
    return TlsIdentity(*std::move(authority), std::move(server->first), std::move(server->second),
                       is_new);
  }
  auto key = tls::PrivateKey::Generate();
  if (!key.ok()) return key.status();
  auto certificate = authority->IssueServer(*key, LikelyDate(now_s) + kServerLasts_s);
  if (!certificate.ok()) return certificate.status();
  if (absl::Status written = files.Write(*key, *certificate, may_write); !written.ok()) {
    return written;
  }
  return TlsIdentity(*std::move(authority), *std::move(key), *std::move(certificate), is_new);
}

}  // namespace soarm
