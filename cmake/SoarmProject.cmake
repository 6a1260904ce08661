# Language level, output folders, ccache and sanitizers for the whole build.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

# The base folder and the prefix map make two clones of the same sources share the cache: neither
# the command line nor __FILE__ nor the debug information names the clone.
find_program(SOARM_CCACHE ccache)
if(SOARM_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
    "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${SOARM_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER "${CMAKE_CXX_COMPILER_LAUNCHER}")
endif()
if(NOT CMAKE_CXX_FLAGS MATCHES "--coverage")  # gcov finds sources by their full path
  add_compile_options("-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=")
endif()

# Sanitizers cover every translation unit of ours, or they would miss what crosses the border.
if(SOARM_SANITIZE)
  add_compile_options(-fsanitize=${SOARM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SOARM_SANITIZE})
endif()

find_package(Threads REQUIRED)

# Warnings are an interface target, so that generated code can go without.
add_library(soarm_warnings INTERFACE)
target_compile_options(soarm_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-align -Wnull-dereference -Wdouble-promotion -Wimplicit-fallthrough
  $<$<BOOL:${SOARM_WERROR}>:-Werror>
  # GCC 12 sees overlaps that are not there in "literal" + std::string (its bug 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
