# Precompiled headers: some for the layers, some for the tests, because reading Asio and GoogleTest
# anew costs more than most of our files do. See precompiled/layer_headers.hpp.
option(PARTWISE_PRECOMPILE "Precompile the headers that most files read" ON)

# partwise_precompiled(NAME LIBS...): precompiles precompiled/NAME.hpp, with the flags of LIBS.
function(partwise_precompiled name)
  file(CONFIGURE OUTPUT ${name}.cpp CONTENT "// CMake precompiles for the sources of a target.\n")
  add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  target_precompile_headers(${name} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled/${name}.hpp)
  target_link_libraries(${name} PRIVATE ${ARGN})
endfunction()

# partwise_precompile(TARGET NAME): every source of TARGET begins with the precompiled NAME.hpp.
function(partwise_precompile target name)
  if(PARTWISE_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()

# Tests are compiled without optimization: it takes most of the time, and makes them no better.
add_library(partwise_test_flags INTERFACE)
target_compile_options(partwise_test_flags INTERFACE -O0)
target_link_libraries(partwise_test_flags INTERFACE partwise_flags)

if(PARTWISE_PRECOMPILE)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # The same bytes from the same headers, whenever they are made: for ccache.
    target_compile_options(partwise_flags INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
  partwise_precompiled(layer_headers partwise_flags)
  partwise_precompiled(test_headers partwise_test_flags GTest::gtest)
endif()
