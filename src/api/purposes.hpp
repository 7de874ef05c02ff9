#pragma once

// Which purposes a key may create uploads and files of.

#include <span>
#include <string_view>

#include "core/account.hpp"

namespace partwise::api {

// In the order in which a refusal names them: the wording is that of the live service.
[[nodiscard]] std::span<const std::string_view> purposes_for(Role role);

}  // namespace partwise::api
