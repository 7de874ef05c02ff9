# partwise_embed_text(TARGET FILE FUNCTION HEADER): adds a source to TARGET that defines
# `std::string_view partwise::FUNCTION()`, declared in HEADER, with the text of FILE. Also run as a
# script, while building, to write that source.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${INPUT} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX MATCH "^(.*)::([^:]*)$" qualified "${FUNCTION}")
  file(WRITE ${OUTPUT} "#include \"${HEADER}\"
namespace partwise::${CMAKE_MATCH_1} {
namespace {
constexpr unsigned char kBytes[] = {${bytes}};
}
std::string_view ${CMAKE_MATCH_2}() {
  return {reinterpret_cast<const char*>(kBytes), sizeof(kBytes)};
}
}
")
  return()
endif()

function(partwise_embed_text target file function header)
  get_filename_component(stem ${file} NAME_WE)
  set(output ${CMAKE_BINARY_DIR}/embedded/${stem}.cpp)
  set(script ${CMAKE_SOURCE_DIR}/cmake/embed_text.cmake)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -D INPUT=${CMAKE_SOURCE_DIR}/${file} -D OUTPUT=${output}
      -D FUNCTION=${function} -D HEADER=${header} -P ${script}
    DEPENDS ${CMAKE_SOURCE_DIR}/${file} ${script} VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
