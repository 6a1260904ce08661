# Third-party packages, all from Debian. scripts/install_deps.sh installs what is named here.

find_package(absl CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
if(SOARM_RPC)
  find_package(Protobuf REQUIRED)  # MODULE mode, and before gRPC: Debian ships no Protobuf config.
  find_package(gRPC CONFIG REQUIRED)
  find_package(CLI11 CONFIG REQUIRED)
  find_package(tomlplusplus CONFIG REQUIRED)
  find_package(nlohmann_json CONFIG REQUIRED)
  find_package(PkgConfig REQUIRED)
  find_package(OpenSSL 3.0 REQUIRED)
  find_package(Boost 1.74 REQUIRED)
  pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
  pkg_check_modules(QRENCODE REQUIRED IMPORTED_TARGET libqrencode)
endif()
if(SOARM_BUILD_TESTS)
  find_package(GTest CONFIG REQUIRED)
endif()
