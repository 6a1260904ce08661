#pragma once

#include <array>

// Poses of the SO-101 with what three independent tools agree on to 1e-11: tip position, holding
// torques, and the diagonal of the mass matrix. SI units, servo order, links only.
namespace soarm::sim {

struct TipVector {
  std::array<double, 6> angles_rad;
  std::array<double, 3> tip_m;
};
inline constexpr std::array<TipVector, 5> kTipVectors = {{
    {{0.0, 0.0, 0.0, 0.0, 0.0, 0.0}, {0.39136147, -9.212e-06, 0.22646971}},
    {{0.5, -0.3, 0.4, 0.6, -0.2, 0.3}, {0.281306413, -0.130688347, 0.115648998}},
    {{1.9, 1.7, -1.6, 1.6, 2.8, 1.7}, {-0.048033569, -0.245056543, -0.092816707}},
    {{0.0, 1.0, -0.5, 0.9, 0.0, 0.0}, {0.319244045, -8.896e-06, -0.064503485}},
    {{-0.35, 0.2, 0.55, 0.82, -0.35, 0.9}, {0.20250692, 0.062607937, -0.026017835}},
}};

struct GravityVector {
  std::array<double, 6> angles_rad;
  std::array<double, 6> holding_nm;
};
inline constexpr std::array<GravityVector, 3> kGravityVectors = {{
    {{0.0, 0.0, 0.0, 0.0, 0.0, 0.0},
     {-1.814e-06, -0.53859354, -0.452665591, -0.117050869, -3.7506e-05, 0.003530286}},
    {{0.5, -0.3, 0.4, 0.6, -0.2, 0.3},
     {-1.255e-06, -0.390070135, -0.42683786, -0.091662949, 0.000531651, 0.003102535}},
    {{0.0, 1.0, -0.5, 0.9, 0.0, 0.0},
     {-2.263e-06, -0.707655639, -0.322788585, -0.022319091, -6.361e-06, 0.000417349}},
}};

inline constexpr std::array<double, 6> kInertiaPose_rad = {0.5, -0.3, 0.4, 0.6, -0.2, 0.3};
inline constexpr std::array<double, 6> kInertiaDiagonal_kg_m2 = {
    0.0099692409, 0.0100214378, 0.0080296724, 0.0009979721, 4.57602e-05, 1.61347e-05};

}  // namespace soarm::sim
