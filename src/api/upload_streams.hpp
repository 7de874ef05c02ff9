#pragma once

// The place of a request in the registry of its upload.

#include <memory>

#include "core/stream_registry.hpp"
#include "http/exchange.hpp"
#include "http/response.hpp"

namespace partwise::api {

// Enters the request that `exchange` brings: whoever ends the upload can cut it from now on.
[[nodiscard]] std::shared_ptr<UploadStream> enter_stream(StreamRegistry& streams,
                                                         const UploadId& upload,
                                                         http::Exchange& exchange);

// What to answer for `error`: where the stream was cut, the reason of the cut, whatever broke
// because of it.
[[nodiscard]] Error reason_of(Error error, const UploadStream& stream);

// The stream leaves the registry once the answer has been written.
[[nodiscard]] http::Response leaving_when_written(http::Response response,
                                                  std::shared_ptr<UploadStream> stream);

}  // namespace partwise::api
