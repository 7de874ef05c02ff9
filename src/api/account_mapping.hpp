#pragma once

// Keys and usage as objects of the wire.

#include <span>

#include "core/account_service.hpp"
#include "wire/account_objects.hpp"

namespace partwise::api {

[[nodiscard]] wire::WireKey to_wire(const ApiKey& key);
[[nodiscard]] wire::WireKey to_wire(const CreatedKey& created);
[[nodiscard]] wire::WireList<wire::WireKey> to_wire(const std::vector<ApiKey>& keys);
[[nodiscard]] wire::WireUsage to_wire(const Usage& usage);
[[nodiscard]] wire::WireUsageList to_wire_list(const std::vector<Usage>& usages);

}  // namespace partwise::api
