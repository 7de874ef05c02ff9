#include "api/purposes.hpp"

#include "wire/request_bodies.hpp"

namespace partwise::api {

std::span<const std::string_view> purposes_for(Role role) {
  if (role == Role::service) return wire::kServicePurposes;
  return wire::kInputPurposes;
}

}  // namespace partwise::api
