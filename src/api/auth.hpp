#pragma once

// Where in a request its API key stands.

#include <string>

#include "base/result.hpp"
#include "core/authenticator.hpp"
#include "http/request.hpp"

namespace partwise::api {

// The key of `Authorization: Bearer KEY`, or of Basic with the key as password, or of `api-key:
// KEY`, as Azure's clients send it. Schemes are known in any case. Empty where there is none.
// Errors: invalid_key, where the request names two different ones.
[[nodiscard]] Result<std::string> api_key_of(const http::RequestHead& head);

// Who asks. Errors: unauthenticated; invalid_key.
[[nodiscard]] Result<Identity> authenticate(const http::RequestHead& head,
                                            const Authenticator& authenticator);

// Whether whoever asks may see what concerns all projects. Errors: forbidden.
[[nodiscard]] Result<> require_admin(const Identity& identity);

}  // namespace partwise::api
