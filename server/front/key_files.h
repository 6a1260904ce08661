#pragma once

#include <functional>
#include <optional>
#include <string>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "common/tls/certificate.h"
#include "common/tls/private_key.h"

namespace soarm {

// A key and its certificate, in two files of a folder: NAME.key, its owner's only, and NAME.crt.
//
// A daemon that dies while it writes them leaves the old pair, the new one, or a certificate beside
// NAME.key.new, which is brought to its end by the next Read(): half a pair was never written here.
//
// Threads  one at a time.
class KeyFiles {
 public:
  // In PEM, as they are in the files.
  struct Texts {
    std::string key;
    std::string certificate;
  };
  using MayWrite = std::function<absl::Status()>;

  KeyFiles(const std::string& folder, const std::string& name);
  const std::string& key() const { return key_; }
  const std::string& certificate() const { return certificate_; }

  // Nothing where there is neither. A key that others may read is taken from them, and the log says
  // so.
  //   kFailedPrecondition  KEY_FILE_MISSING: only one of the two is there
  //   kFailedPrecondition  BAD_STATE_FILE: one cannot be read, or cannot be taken from others
  //   kUnavailable         NOT_SAVED; and what `may_write` refuses
  absl::StatusOr<std::optional<Texts>> Read(const MayWrite& may_write) const;
  //   kUnavailable         NOT_SAVED; and what `may_write` refuses
  absl::Status Write(const tls::PrivateKey& key, const tls::Certificate& certificate,
                     const MayWrite& may_write) const;

  // What processes left that died while they wrote one of them; as RemoveDrafts().
  void RemoveLeavings() const;

  // `status`, which is about `path`, with what to do about a robot's own files.
  absl::Status About(const std::string& path, const absl::Status& status) const;

 private:
  absl::Status Finish(const std::string& certificate, const MayWrite& may_write) const;
  absl::Status Keep(const std::string& why) const;
  absl::Status Half(const std::string& missing, const std::string& there) const;

  const std::string key_;
  const std::string certificate_;
  const std::string new_key_;
};

}  // namespace soarm
