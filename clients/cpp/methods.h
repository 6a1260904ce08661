#pragma once

#include "soarm/v1/lease.pb.h"
#include "soarm/v1/motion.pb.h"
#include "soarm/v1/pairing.pb.h"
#include "soarm/v1/pose.pb.h"
#include "soarm/v1/robot.pb.h"
#include "soarm/v1/safety.pb.h"
#include "soarm/v1/state.pb.h"

namespace soarm::client {

// The API's methods as typed names for Connection. A test compares them with the descriptors.

template <typename Request, typename Response>
struct UnaryMethod {
  const char* path;
};

// One request, many responses.
template <typename Request, typename Response>
struct WatchMethod {
  const char* path;
};

inline constexpr UnaryMethod<v1::GetInfoRequest, v1::GetInfoResponse> kGetInfo{
    "/soarm.v1.RobotService/GetInfo"};
inline constexpr UnaryMethod<v1::GetDescriptionRequest, v1::RobotDescription> kGetDescription{
    "/soarm.v1.RobotService/GetDescription"};
inline constexpr UnaryMethod<v1::GetStatusRequest, v1::StatusResponse> kGetStatus{
    "/soarm.v1.RobotService/GetStatus"};

inline constexpr UnaryMethod<v1::GetStateRequest, v1::StateFrame> kGetState{
    "/soarm.v1.StateService/GetState"};
inline constexpr WatchMethod<v1::WatchStateRequest, v1::StateFrame> kWatchState{
    "/soarm.v1.StateService/WatchState"};

inline constexpr UnaryMethod<v1::AcquireLeaseRequest, v1::AcquireLeaseResponse> kAcquireLease{
    "/soarm.v1.LeaseService/AcquireLease"};
inline constexpr UnaryMethod<v1::RenewLeaseRequest, v1::RenewLeaseResponse> kRenewLease{
    "/soarm.v1.LeaseService/RenewLease"};
inline constexpr UnaryMethod<v1::ReleaseLeaseRequest, v1::ReleaseLeaseResponse> kReleaseLease{
    "/soarm.v1.LeaseService/ReleaseLease"};
inline constexpr UnaryMethod<v1::ListLeasesRequest, v1::ListLeasesResponse> kListLeases{
    "/soarm.v1.LeaseService/ListLeases"};

inline constexpr UnaryMethod<v1::EnableTorqueRequest, v1::EnableTorqueResponse> kEnableTorque{
    "/soarm.v1.MotionService/EnableTorque"};
inline constexpr UnaryMethod<v1::ReleaseTorqueRequest, v1::ReleaseTorqueResponse> kReleaseTorque{
    "/soarm.v1.MotionService/ReleaseTorque"};
inline constexpr UnaryMethod<v1::SetSpeedScaleRequest, v1::SetSpeedScaleResponse> kSetSpeedScale{
    "/soarm.v1.MotionService/SetSpeedScale"};
inline constexpr WatchMethod<v1::MoveToRequest, v1::MoveToProgress> kMoveTo{
    "/soarm.v1.MotionService/MoveTo"};
inline constexpr char kSyncClock[] = "/soarm.v1.ClockService/Sync";
inline constexpr char kStreamCommands[] = "/soarm.v1.MotionService/StreamCommands";

inline constexpr UnaryMethod<v1::OpenPairingRequest, v1::OpenPairingResponse> kOpenPairing{
    "/soarm.v1.PairingService/OpenPairing"};
inline constexpr UnaryMethod<v1::ClosePairingRequest, v1::ClosePairingResponse> kClosePairing{
    "/soarm.v1.PairingService/ClosePairing"};
inline constexpr UnaryMethod<v1::GetPairingRequest, v1::PairingState> kGetPairing{
    "/soarm.v1.PairingService/GetPairing"};
inline constexpr UnaryMethod<v1::ListClientsRequest, v1::ListClientsResponse> kListClients{
    "/soarm.v1.PairingService/ListClients"};
inline constexpr UnaryMethod<v1::RevokeClientRequest, v1::RevokeClientResponse> kRevokeClient{
    "/soarm.v1.PairingService/RevokeClient"};

inline constexpr UnaryMethod<v1::ListPosesRequest, v1::ListPosesResponse> kListPoses{
    "/soarm.v1.PoseService/List"};
inline constexpr UnaryMethod<v1::SavePoseRequest, v1::SavePoseResponse> kSavePose{
    "/soarm.v1.PoseService/Save"};
inline constexpr UnaryMethod<v1::DeletePoseRequest, v1::DeletePoseResponse> kDeletePose{
    "/soarm.v1.PoseService/Delete"};

inline constexpr UnaryMethod<v1::StopRequest, v1::StopResponse> kStop{
    "/soarm.v1.SafetyService/Stop"};
inline constexpr UnaryMethod<v1::ClearRequest, v1::ClearResponse> kClear{
    "/soarm.v1.SafetyService/Clear"};
inline constexpr UnaryMethod<v1::ClearFaultRequest, v1::ClearFaultResponse> kClearFault{
    "/soarm.v1.SafetyService/ClearFault"};
inline constexpr UnaryMethod<v1::GetSafetyRequest, v1::SafetyState> kGetSafety{
    "/soarm.v1.SafetyService/GetSafety"};

}  // namespace soarm::client
