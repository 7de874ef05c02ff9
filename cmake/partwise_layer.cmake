# partwise_layer(PATH LINK LIBS...): a static library of every source in src/PATH, and a test
# program of every *_test.cpp beside them.
include(GoogleTest)

function(partwise_layer path)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  string(REPLACE "/" "_" name ${path})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${path}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(partwise_${name} STATIC ${sources})
    target_link_libraries(partwise_${name} PUBLIC partwise_flags ${arg_LINK})
    partwise_precompile(partwise_${name} layer_headers)
  else()
    add_library(partwise_${name} INTERFACE)
    target_link_libraries(partwise_${name} INTERFACE partwise_flags ${arg_LINK})
  endif()
  if(tests)
    partwise_test(${name}_tests LABEL fast SOURCES ${tests} LINK partwise_${name})
  endif()
endfunction()

# partwise_test(NAME LABEL label SOURCES files LINK libs): one GoogleTest program, and one ctest
# test: starting a process for each of its tests would cost more than most of them.
function(partwise_test name)
  cmake_parse_arguments(arg "" "LABEL" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE partwise_test_flags ${arg_LINK} GTest::gtest
    GTest::gtest_main)
  partwise_precompile(${name} test_headers)
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL})
endfunction()
