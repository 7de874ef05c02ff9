#pragma once

// The one table of settings. Flags, variables, TOML keys and the help are all derived from it.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/settings.hpp"

namespace partwise {

struct Setting {
  std::string key;         // As in TOML: upload_ttl.
  std::string_view group;  // The heading of the help under which it stands.
  std::string value_name;  // What it takes: SECONDS.
  std::string help;        // Whole sentences.
  std::string default_text;
  // False for secrets: a command line is seen by every user of the computer.
  bool has_flag = true;
  // Errors: invalid_request with the end of a sentence, as in setting_values.hpp.
  std::function<Result<>(ServeConfig&, std::string_view)> apply;

  [[nodiscard]] std::string flag() const;      // --upload-ttl
  [[nodiscard]] std::string variable() const;  // PARTWISE_UPLOAD_TTL
};

// In the order of the help.
[[nodiscard]] std::vector<Setting> setting_table();

}  // namespace partwise
