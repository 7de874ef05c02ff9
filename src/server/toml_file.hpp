#pragma once

// A flat TOML file: keys and plain values, no tables.

#include <cstdint>
#include <string>
#include <vector>

#include "base/file_system.hpp"

namespace partwise {

struct TomlEntry {
  std::string key;
  std::string text;  // A string as it is, a number in decimal.
  std::uint32_t line = 0;
};

// Reads `path`. Errors: invalid_request with one line that names the file, and the line where there
// is one: the file cannot be read, is not TOML, or has a value that is neither a string nor a whole
// number.
[[nodiscard]] Result<std::vector<TomlEntry>> read_toml_file(FileSystem& files,
                                                            const std::string& path);

}  // namespace partwise
