#include <cstdio>
#include <cstdlib>

#include "clients/tools/soarm/program.h"
#include "clients/tools/soarm/signals.h"
#include "common/base/standard_files.h"

int main(int argc, char** argv) {
  soarm::OpenStandardFiles();
  // gRPC writes lines of its own to stderr about what the command tells anyhow.
  ::setenv("GRPC_VERBOSITY", "NONE",
           /*overwrite=*/0);  // NOLINT(concurrency-mt-unsafe): no threads yet
  // Before any thread: it decides for every later thread which signals reach it.
  const soarm::cli::SignalWatch signals;
  return signals.ExitCodeFor(
      soarm::cli::RunProgram({argv + 1, argv + argc}, stdout, stderr, signals.token()));
}
