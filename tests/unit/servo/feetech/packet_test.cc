#include "server/servo/feetech/packet.h"

#include <vector>

#include <gtest/gtest.h>

#include "server/servo/feetech/request_builder.h"

namespace soarm::servo::feetech {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes BytesOf(const PacketBuffer& packets) {
  return {packets.bytes().begin(), packets.bytes().end()};
}
Bytes BytesOf(const RequestBuilder& requests) {
  return {requests.bytes().begin(), requests.bytes().end()};
}

TEST(PacketTest, BuildsPlainRequestsByteForByte) {
  PacketBuffer packets;
  packets.AddPing(1);
  EXPECT_EQ(BytesOf(packets), (Bytes{0xFF, 0xFF, 0x01, 0x02, 0x01, 0xFB}));
  packets.Clear();
  packets.AddRead(1, 56, 2);
  EXPECT_EQ(BytesOf(packets), (Bytes{0xFF, 0xFF, 0x01, 0x04, 0x02, 0x38, 0x02, 0xBE}));
  packets.Clear();
  packets.AddRead(1, 3, 2);
  EXPECT_EQ(BytesOf(packets), (Bytes{0xFF, 0xFF, 0x01, 0x04, 0x02, 0x03, 0x02, 0xF3}));
  packets.Clear();
  packets.Add(1, Instruction::kCalibrate, Bytes{0x00, 0x04});
  EXPECT_EQ(BytesOf(packets), (Bytes{0xFF, 0xFF, 0x01, 0x04, 0x0B, 0x00, 0x04, 0xEB}));
  packets.Clear();
  packets.Add(kBroadcastId, Instruction::kAction, {});
  EXPECT_EQ(BytesOf(packets), (Bytes{0xFF, 0xFF, 0xFE, 0x02, 0x05, 0xFA}));
}

TEST(PacketTest, BuildsWritesByteForByte) {
  PacketBuffer packets;
  packets.AddWrite(1, 42, Bytes{0x00, 0x08});
  EXPECT_EQ(BytesOf(packets), (Bytes{0xFF, 0xFF, 0x01, 0x05, 0x03, 0x2A, 0x00, 0x08, 0xC4}));
  packets.Clear();
  packets.AddWrite(1, 41, Bytes{0x32, 0xD0, 0x07, 0x00, 0x00, 0xDC, 0x05});
  EXPECT_EQ(BytesOf(packets), (Bytes{0xFF, 0xFF, 0x01, 0x0A, 0x03, 0x29, 0x32, 0xD0, 0x07, 0x00,
                                     0x00, 0xDC, 0x05, 0xDE}));
  packets.Clear();
  packets.AddRegWrite(1, 42, Bytes{0x00, 0x08, 0x00, 0x00, 0xE8, 0x03});
  EXPECT_EQ(BytesOf(packets),
            (Bytes{0xFF, 0xFF, 0x01, 0x09, 0x04, 0x2A, 0x00, 0x08, 0x00, 0x00, 0xE8, 0x03, 0xD4}));
}

TEST(PacketTest, BuildsSyncPacketsByteForByte) {
  PacketBuffer packets;
  packets.AddSyncRead(56, 2, Bytes{1, 2, 3});
  EXPECT_EQ(BytesOf(packets),
            (Bytes{0xFF, 0xFF, 0xFE, 0x07, 0x82, 0x38, 0x02, 0x01, 0x02, 0x03, 0x38}));
  packets.Clear();
  packets.AddSyncWrite(
      42, 2, Bytes{1, 2, 3, 4, 5, 6},
      Bytes{0xDA, 0x07, 0xE4, 0x07, 0xEE, 0x07, 0xF8, 0x07, 0x02, 0x08, 0x0C, 0x08});
  EXPECT_EQ(BytesOf(packets),
            (Bytes{0xFF, 0xFF, 0xFE, 0x16, 0x83, 0x2A, 0x02, 0x01, 0xDA, 0x07, 0x02, 0xE4, 0x07,
                   0x03, 0xEE, 0x07, 0x04, 0xF8, 0x07, 0x05, 0x02, 0x08, 0x06, 0x0C, 0x08, 0x49}));
  packets.Clear();
  packets.AddSyncWrite(46, 2, Bytes{7, 8, 9}, Bytes{0xE8, 0x03, 0xF4, 0x81, 0x00, 0x00});
  EXPECT_EQ(BytesOf(packets), (Bytes{0xFF, 0xFF, 0xFE, 0x0D, 0x83, 0x2E, 0x02, 0x07, 0xE8, 0x03,
                                     0x08, 0xF4, 0x81, 0x09, 0x00, 0x00, 0xC9}));
}

TEST(PacketTest, NeverCarriesAHeaderInsideItsParameters) {
  PacketBuffer packets;
  EXPECT_FALSE(packets.AddWrite(1, 42, Bytes{0xFF, 0xFF}));
  EXPECT_FALSE(packets.AddSyncWrite(42, 2, Bytes{1, 2}, Bytes{0xFF, 0xFF, 0, 0}));
  EXPECT_TRUE(packets.AddWrite(1, 42, Bytes{0xFF, 0x00}));
}

TEST(PacketTest, RefusesWhatDoesNotFitAndAddsNothing) {
  PacketBuffer packets;
  ASSERT_TRUE(packets.AddPing(1));
  EXPECT_FALSE(packets.AddWrite(1, 0, Bytes(251)));
  EXPECT_FALSE(packets.AddWrite(255, 0, Bytes(1)));
  EXPECT_FALSE(packets.AddSyncRead(56, 2, {}));
  EXPECT_FALSE(packets.AddSyncWrite(42, 2, Bytes{1, 2}, Bytes{1, 2, 3}));
  EXPECT_EQ(packets.size(), 6U);
  while (packets.AddWrite(1, 0, Bytes(50))) {
  }
  EXPECT_LE(packets.size(), 384U);
}

TEST(RequestBuilderTest, RefusesTorqueAndGoalsOfReadOnlyServosWhateverTheShape) {
  RequestBuilder requests;
  requests.AllowWrites(1, true);
  for (std::uint8_t address = 0; address < 87; ++address) {
    for (std::size_t size = 1; size <= 8; ++size) {
      const bool touches = address < 50 && address + size > 40;
      requests.Clear();
      EXPECT_EQ(requests.Write(2, address, Bytes(size)), !touches) << int{address} << "/" << size;
      EXPECT_TRUE(requests.Write(1, address, Bytes(size)));
    }
  }
  requests.Clear();
  EXPECT_FALSE(requests.SyncWrite(42, 2, Bytes{1, 2}, Bytes(4))) << "one of them is read-only";
  EXPECT_FALSE(requests.Write(kBroadcastId, 40, Bytes{0}));
  EXPECT_FALSE(requests.Write(kBroadcastId, 5, Bytes{1})) << "a broadcast reaches everybody";
  EXPECT_TRUE(BytesOf(requests).empty());
}

}  // namespace
}  // namespace soarm::servo::feetech
