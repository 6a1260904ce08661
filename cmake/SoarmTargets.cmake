# soarm_library(), soarm_executable() and soarm_test(): the only ways to add a target.
#
# The arrows between modules (docs/architecture.md) are enforced by the compiler: each module
# exports an include folder of its own, build/<preset>/arrows/<module>, that holds nothing but a
# link to the module's sources. A header is visible only to those who link its module.

# What the adversary plays by the thousand: optimised under sanitizers too. All else there is -O0,
# where compiling is most of the time and the tests run for milliseconds.
set(SOARM_PLAYED base time sync core safety control runtime serial servo_bus feetech sim
  fakes simulated_port adversary)

# soarm_plain_under_sanitizers(<target>): as said there.
function(soarm_plain_under_sanitizers target)
  if(SOARM_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

# soarm_library(<module> PATH <dir below the top> SOURCES ... [DEPS modules...] [LIBS third-party...]
#               [PRIVATE_LIBS third-party...])
# DEPS are public arrows to other modules by short name. A module without sources is an interface.
function(soarm_library module)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PATH" "SOURCES;DEPS;LIBS;PRIVATE_LIBS")
  set(target soarm_${module})
  set(root "${CMAKE_BINARY_DIR}/arrows/${module}")
  cmake_path(GET arg_PATH PARENT_PATH parent)
  file(MAKE_DIRECTORY "${root}/${parent}")
  file(CREATE_LINK "${PROJECT_SOURCE_DIR}/${arg_PATH}" "${root}/${arg_PATH}" SYMBOLIC)

  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE soarm_warnings ${arg_PRIVATE_LIBS})
    if(NOT module IN_LIST SOARM_PLAYED)
      soarm_plain_under_sanitizers(${target})
    endif()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(soarm::${module} ALIAS ${target})
  target_include_directories(${target} ${scope} "${root}")
  list(TRANSFORM arg_DEPS PREPEND soarm::)
  target_link_libraries(${target} ${scope} ${arg_DEPS} ${arg_LIBS} Threads::Threads)
  if(SOARM_GATE_OFF)
    target_compile_definitions(${target} ${scope} SOARM_GATE_OFF=1)
  endif()
  if(SOARM_UNITY AND arg_SOURCES)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
endfunction()

# soarm_executable(<name> SOURCES ... [DEPS modules...] [LIBS third-party...])
function(soarm_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS;LIBS")
  add_executable(${name} ${arg_SOURCES})
  list(TRANSFORM arg_DEPS PREPEND soarm::)
  target_link_libraries(${name} PRIVATE soarm_warnings ${arg_DEPS} ${arg_LIBS})
  soarm_plain_under_sanitizers(${name})
endfunction()

# soarm_test(<name> LABEL unit|component|system SOURCES ... [DEPS modules...] [LIBS third-party...] [ALONE])
# One GoogleTest binary, each case a ctest of its own, under the label. ALONE: beside nothing else, as
# they load the machine or measure it.
function(soarm_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "ALONE" "LABEL;TIMEOUT" "SOURCES;DEPS;LIBS")
  add_executable(${name} ${arg_SOURCES})
  list(TRANSFORM arg_DEPS PREPEND soarm::)
  target_link_libraries(${name} PRIVATE soarm_warnings ${arg_DEPS} ${arg_LIBS}
    GTest::gmock GTest::gtest GTest::gtest_main)
  # A quarter of the compiler's time would go into tests that run for milliseconds.
  target_compile_options(${name} PRIVATE -O0)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  if(SOARM_UNITY)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  # Cases are listed right after linking: a binary that cannot even start fails the build, and ctest
  # starts without asking every binary again.
  include(GoogleTest)
  set(serial OFF)
  if(arg_ALONE)
    set(serial ON)
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} RUN_SERIAL ${serial})
  # scripts/test.sh --of LABEL builds no more than it runs.
  if(NOT TARGET ${arg_LABEL}_tests)
    add_custom_target(${arg_LABEL}_tests)
  endif()
  add_dependencies(${arg_LABEL}_tests ${name})
endfunction()
