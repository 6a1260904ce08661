#pragma once

#include "tests/adversary/record/record.h"

// What the daemon promises, in numbers: the only place where the judge has them, and the ones of
// docs/safety.md. Each says why it is not smaller.
namespace soarm::adversary::bounds {

constexpr Time Milliseconds(double ms) { return static_cast<Time>(ms * 1e6); }
inline constexpr double kPi = 3.14159265358979323846;
inline constexpr double kDegree = kPi / 180;
inline constexpr double kRadPerTick = 2 * kPi / 4096;
inline constexpr Time kForEver = Time{1} << 60;
inline constexpr Time kNever = -kForEver;

// --- how far; of what a load or a lead makes, as often as a joint gives more than with the
// --- factory's gain (JointFacts::give)

// A joint that nobody commands stays where it came to rest: encoder play, sag that settles.
inline constexpr double kStays_rad = 2.0 * kDegree;
// Of that, what its own sag may change while the other joints of its arm change their pose.
inline constexpr double kSagByPose_rad = 5.0 * kDegree;
// Where another program has moved the meaning of a radian, no place is wrong.
inline constexpr double kAnywhere_rad = 1000;
// A commanded joint may overshoot its way: the servo's own loop, and what it trails behind.
inline constexpr double kBeside_rad = 6.0 * kDegree;
// The target is ahead of the joint by the sag of a loaded joint and what it trails at its speed:
// so much it may go on when the daemon dies, or spring when an obstacle goes away.
inline constexpr double kLead_rad = 0.15;
inline constexpr double kLag_s = 0.12;
// A goal that is further ahead than four fifths of that comes nearer once the joint stands.
inline constexpr double kPresses_rad = 0.13;
// What is released from an obstacle swings over.
inline constexpr double kSpringOver_rad = 3.0 * kDegree;
// A load sags a joint by this for each Nm (19 Nm/rad at the factory's gain).
inline constexpr double kSagPerNm_rad = 1.0 / 17.0;
// What a servo holds at its full supply: the lead times its stiffness, and never more than it has
// at a stall. Of that a joint needs so much for its own weight, or to press what it has gripped.
inline constexpr double kHeldByLead_nm = 2.85;
inline constexpr double kStall_nm = 5.3;
inline constexpr double kOwnWeight_nm = 0.95;
// So much of its lead a joint keeps whose servo says that it strains.
inline constexpr double kPressesOverCurrent_share = 0.5;
inline constexpr double kPressesOverload_share = 0.2;
// All of it shrinks with the supply, below this one.
inline constexpr double kFullSupply_v = 12.0;
// What is found pressing is taken for a load that long, and then tried out.
inline constexpr Time kFoundPresses = Milliseconds(18'000);
// All restarts, replugs and openings together move a torqued joint by no more than this.
inline constexpr double kAdoptionMoves_rad = 0.5 * kDegree;
// A goal is a whole tick (0.0015 rad), and a reading is off by some and the play of the gears.
inline constexpr double kGoalRounds_rad = 0.002;
inline constexpr double kReadsOff_rad = 0.008;

// --- how fast

// The servo's loop overshoots a ramp, and gravity helps.
inline constexpr double kFaster = 1.1;
inline constexpr double kFasterBy_rad_s = 0.4;
// A joint that has just turned back overshoots twice the step: its target may swing at the loop's
// own resonance.
inline constexpr double kTurningFasterBy_rad_s = 0.2;
inline constexpr Time kTurnsBack = Milliseconds(400);
// A wheel's regulator overshoots its ramp less, having no place to reach.
inline constexpr double kWheelFaster = 1.15;
inline constexpr double kWheelFasterBy_rad_s = 0.4;
// Below this a joint stands: two steps of the servo's own speed reading.
inline constexpr double kStands_rad_s = 0.16;
// What moves as fast without torque falls, and shakes what it hangs on.
inline constexpr double kFalls_rad_s = 1.0;
// A load that is nothing to a joint.
inline constexpr double kLight_nm = 0.5;
// What is shaken moves no faster than this.
inline constexpr double kShaken_rad_s = 0.5;

// --- how soon

// A command that ends has no effect two ticks later at 50 Hz, the slowest rate.
inline constexpr Time kTicks = Milliseconds(45);
// However gently it is configured to be driven, from its top speed a target is brought to rest in
// so long.
inline constexpr double kBrakes_s = 0.31;
// From there the target is braked (100 ms at the limits), and the joint trails it (servo's dead
// time 85 ms, lag 30 ms) until it stands.
inline constexpr Time kComesToRest = Milliseconds(600);
// What was commanded this long ago may still be on its way.
inline constexpr Time kOnItsWay = kTicks + kComesToRest;
// Wheels ramp from 4.6 rad/s at 15 rad/s2.
inline constexpr Time kWheelsStop = Milliseconds(800);
// Nothing can be read back: zero is written all the same, and torque off after 150 ms; with one
// byte in five damaged a packet of 23 bytes arrives once in 170 ticks, so it is repeated.
inline constexpr Time kWheelsStopDamaged = Milliseconds(2500);
// Answers only may be damaged as much as they like; of what is written this much is overcome.
inline constexpr double kDamageOvercome = 0.06;
// A command lives no longer than this, whatever it asks for.
inline constexpr Time kLongestOfJoints = Milliseconds(500);
inline constexpr Time kLongestOfWheels = Milliseconds(250);
// No clamp makes a command live shorter than this.
inline constexpr Time kShortestClamp = Milliseconds(250);
inline constexpr Time kLongestMove = Milliseconds(610'000);
// An EnableTorque is answered by then.
inline constexpr Time kLongestCall = Milliseconds(6000);
// A ReleaseTorque is: it waits for the call before it, at most one of half a second for each phase
// of an enable whose servos fall silent, and for its own.
inline constexpr Time kLongestRelease = Milliseconds(3000);
// A stopped daemon is started again, opens its bus (60 pings and reads) and adopts.
inline constexpr Time kOpens = Milliseconds(1500);
// An enable that failed or was given up has its joints limp again.
inline constexpr Time kUndone = Milliseconds(1500);
// A RELEASE is read back from a healthy bus.
inline constexpr Time kReleased = Milliseconds(700);
// What a state says is true, or called stale.
inline constexpr Time kStateLags = Milliseconds(250);
inline constexpr double kStateOff_rad = 4.0 * kDegree;
// A joint is believed to stand after 300 ms, its goal comes nearer at 0.3 rad/s, and who is driven
// tries again after a second.
inline constexpr Time kPressesFor = Milliseconds(1500);
// After a soft hold, and after it was found under torque, a joint gets all of its torque again; as
// register 48 has it.
inline constexpr Time kStrongAgain = Milliseconds(1000);
inline constexpr int kFullTorque = 1000;
// What is found under torque is ready to be driven: half a second of search for a servo that falls
// silent, of rising torque limits and of reading back, and all of it once more after half a second.
inline constexpr Time kPrepared = Milliseconds(3500);
// What a joint may go when its torque limit is raised: encoder play, and its sag before and after.
inline constexpr double kRaised_rad = 3.0 * kDegree;
// And how much faster it may turn than it did: it swings back to its goal, by the lead at most.
inline constexpr double kSpursBy_rad_s = kLead_rad / kLag_s;
// A target that was only estimated, as of a joint that crept while nothing could be written to it.
inline constexpr double kTwitch_rad = 1.0 * kDegree;
// A wheel that turns on so long is switched off.
inline constexpr Time kTurnsOn = Milliseconds(690);
// So one stops that is weak, by its supply or by registers of another program: braked, turning on,
// switched off.
inline constexpr Time kWeakWheelsStop = Milliseconds(310 + 690 + 45);
// A servo that turns in another mode is switched off.
inline constexpr Time kSwitchedOff = Milliseconds(400);
// An adapter that begins to echo, or no longer does, is found out when no servo was understood for
// three seconds.
inline constexpr Time kFindsTheEcho = Milliseconds(5000);
// Every command has its verdict.
inline constexpr Time kVerdict = Milliseconds(400);
// Another program's registers are noticed: the stored ones of one servo every 250 ms, in turn.
inline constexpr Time kNoticesSettings = Milliseconds(5000);
inline constexpr Time kNoticesWorking = Milliseconds(1000);
// A goal of its behind an obstacle is drawn back from as far as that is. A speed or an acceleration
// stays until torque is asked for or faults are cleared, and so long it may take to stop by it.
inline constexpr Time kDrawsBack = Milliseconds(3500);
inline constexpr Time kSluggish = Milliseconds(5'000);
// A servo cuts its output above 70 degrees until it is below 65.
inline constexpr double kMayProtect_c = 65;
// A joint that comes under torque while it falls is caught within this.
inline constexpr Time kCaught = Milliseconds(300);
// Further than a limp joint settles where it stands.
inline constexpr double kTurned_rad = 0.1;
// After a world event a joint swings this long.
inline constexpr Time kSwings = Milliseconds(1500);
// Servos found again after a silence are looked for once a second, one after the other.
inline constexpr Time kLookedForEvery = Milliseconds(1000);
inline constexpr Time kFoundAgain = Milliseconds(6000);

}  // namespace soarm::adversary::bounds
