#pragma once

// One request that found its route: what a handler needs to know of it.

#include <memory>
#include <string>

#include "base/result.hpp"
#include "core/authenticator.hpp"
#include "core/ids.hpp"
#include "http/exchange.hpp"

namespace partwise::api {

// Lives in the dispatcher's frame until the handler has ended.
struct Call {
  http::Exchange& exchange;
  Identity identity = {};           // Empty where the route needs no key.
  std::string id = {};              // The decoded path parameter: untrusted text of any kind.
  std::string body_text = {};       // Where the route takes a text.
  std::shared_ptr<void> slot = {};  // Of its key, until the answer was written.
};

// Whatever is not an id names no object. Errors: not_found.
[[nodiscard]] Result<OwnedUploadId> upload_id_of(const Call& call);
[[nodiscard]] Result<OwnedFileId> file_id_of(const Call& call);

}  // namespace partwise::api
