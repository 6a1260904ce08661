#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "server/sim/bus_model.h"
#include "server/sim/protocol.h"
#include "server/sim/sim_controls.h"

namespace soarm::sim {

using Bytes = std::vector<std::uint8_t>;

// "FF FF 01" -> bytes. For test vectors.
Bytes FromHex(const std::string& text);
std::string ToHex(const Bytes& bytes);

// A bus of servos on the bench (no arm, no noise) that a test talks to in packets, its clock
// advanced by hand: every exchange takes as much simulated time as it would on the wire.
class BenchBus {
 public:
  // Factory servos with these ids, magnets at 2048.
  explicit BenchBus(std::initializer_list<int> ids, FirmwareOptions firmware = {},
                    BusOptions options = {});
  explicit BenchBus(const Robot& robot, BusOptions options = {});
  // A whole robot.
  BenchBus(const std::string& robot, FirmwareOptions firmware = {}, BusOptions options = {});

  // Sends `request` now, waits `wait` and gives back all that arrived meanwhile.
  Bytes Ask(const Bytes& request, Nanos wait = std::chrono::milliseconds(5));
  std::string Ask(const std::string& hex, Nanos wait = std::chrono::milliseconds(5)) {
    return ToHex(Ask(FromHex(hex), wait));
  }
  // As Ask(), with arrival times.
  std::vector<HostByteDue> AskTimed(const Bytes& request, Nanos wait);
  void Run(Nanos span) { model_.AdvanceTo(model_.now() + span); }

  // Register access in packets; Read() throws when there is no whole answer.
  Bytes Read(int id, int address, int count);
  int ReadWord(int id, int address);
  int ReadByte(int id, int address) { return Read(id, address, 1).at(0); }
  void Write(int id, int address, const Bytes& data);
  void WriteWord(int id, int address, int value);

  // Puts the position register to `ticks` by moving the shaft.
  void Place(int id, int ticks);

  BusModel& model() { return model_; }
  SimControls controls() { return SimControls(model_); }
  Servo& servo(int id);
  ServoTruth Truth(int id);
  int baud = 1000000;

 private:
  BusModel model_;
};

}  // namespace soarm::sim
