# cmake -DPROTOC=... -DPROTO_DIR=... -DDESCRIPTORS=FILE -P CheckAccess.cmake
#
# Fails unless every method in the compiled descriptors says who may call it
# (proto/soarm/v1/access.proto). Looks at what protoc made of the contract, not at its text, and runs
# nothing that was built, so that it works where the target is another machine.
execute_process(
  COMMAND "${PROTOC}" "--proto_path=${PROTO_DIR}" --decode=google.protobuf.FileDescriptorSet
    soarm/v1/access.proto
  INPUT_FILE "${DESCRIPTORS}"
  OUTPUT_VARIABLE text
  COMMAND_ERROR_IS_FATAL ANY)

# Brackets and semicolons mean something in lists. Indents say what belongs to what.
string(REGEX REPLACE "[][;]" "" text "${text}")
set(missing "")
set(methods 0)
string(REGEX MATCHALL "(^|\n)file {\n(  [^\n]*\n)*}" files "${text}")
foreach(file IN LISTS files)
  string(REGEX MATCH "\n  package: \"([^\"]*)\"" ignored "${file}")
  set(package "${CMAKE_MATCH_1}")
  string(REGEX MATCHALL "\n  service {\n(    [^\n]*\n)*  }" services "${file}")
  foreach(service IN LISTS services)
    string(REGEX MATCH "\n    name: \"([^\"]*)\"" ignored "${service}")
    set(name "${package}.${CMAKE_MATCH_1}")
    string(REGEX MATCHALL "\n    method {\n(      [^\n]*\n)*    }" found "${service}")
    foreach(method IN LISTS found)
      math(EXPR methods "${methods} + 1")
      if(NOT method MATCHES "\n        soarm\\.v1\\.access: (VIEWER|OPERATOR|ADMIN)\n")
        string(REGEX MATCH "\n      name: \"([^\"]*)\"" ignored "${method}")
        string(APPEND missing "  error: ${name}.${CMAKE_MATCH_1} does not say who may call it\n")
      endif()
    endforeach()
  endforeach()
endforeach()

string(REGEX MATCHALL "\n    method {" all "${text}")
list(LENGTH all all)
if(methods EQUAL 0 OR NOT methods EQUAL all)
  message(FATAL_ERROR "${methods} methods found of ${all}: protoc writes descriptors in another way")
endif()
if(missing)
  message(FATAL_ERROR
    "\n${missing}  fix: add option (soarm.v1.access) = VIEWER, OPERATOR or ADMIN (soarm/v1/access.proto)")
endif()
