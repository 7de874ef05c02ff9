#pragma once

// The parameters of a header's value, `; name=value` (RFC 9110, section 5.6.6), as leniently as
// forms need them: a value without quotes may hold any character but ';'.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace partwise::http {

struct HeaderParameter {
  std::string_view name;  // As sent.
  std::string value;      // Without quotes; a backslash before a quote or a backslash is gone.
  bool quoted = false;
};

// Walks over the parameters of one value. The text must outlive it.
class HeaderParameters {
 public:
  explicit HeaderParameters(std::string_view value);

  // What stands before the first ';', trimmed.
  [[nodiscard]] std::string_view front() const { return front_; }

  // The next parameter; nullopt at the end. Empty ones (`;;`) are skipped. Errors: invalid_request.
  [[nodiscard]] Result<std::optional<HeaderParameter>> next();

 private:
  [[nodiscard]] Result<std::string> take_quoted();

  std::string_view front_;
  std::string_view rest_;  // After the ';' of the parameters that were returned.
};

}  // namespace partwise::http
