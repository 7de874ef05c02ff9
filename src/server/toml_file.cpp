#include "server/toml_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <utility>

namespace partwise {

Result<std::vector<TomlEntry>> read_toml_file(FileSystem& files, const std::string& path) {
  auto content = files.read_small(path);
  if (!content) {
    return fail(ErrorCode::invalid_request,
                fmt::format("{}: the file cannot be read: {}", path, content.error().message));
  }

  toml::table table;
  try {
    table = toml::parse(*content, path);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::invalid_request,
                fmt::format("{}, line {}: this is not TOML: {}.", path, error.source().begin.line,
                            error.description()));
  }

  std::vector<TomlEntry> entries;
  for (const auto& [key, node] : table) {
    TomlEntry entry{.key = std::string(key.str()), .text = {}, .line = node.source().begin.line};
    if (const auto* text = node.as_string()) {
      entry.text = text->get();
    } else if (const auto* number = node.as_integer()) {
      entry.text = fmt::format("{}", number->get());
    } else {
      return fail(ErrorCode::invalid_request,
                  fmt::format("{}, line {}: '{}' takes a string or a whole number.", path,
                              entry.line, entry.key));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace partwise
