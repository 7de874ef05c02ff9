#include "api/upload_streams.hpp"

namespace partwise::api {

std::shared_ptr<UploadStream> enter_stream(StreamRegistry& streams, const UploadId& upload,
                                           http::Exchange& exchange) {
  http::Connection& connection = exchange.connection();
  UploadStream::Transport transport{.interrupt = [&connection] { connection.interrupt(); },
                                    .abort = [&connection] { connection.abort(); }};
  return std::make_shared<UploadStream>(streams, upload, std::move(transport));
}

Error reason_of(Error error, const UploadStream& stream) {
  if (const auto not_cut = stream.check_not_cut(); !not_cut) return not_cut.error();
  return error;
}

http::Response leaving_when_written(http::Response response, std::shared_ptr<UploadStream> stream) {
  response.written_guard = std::move(stream);
  return response;
}

}  // namespace partwise::api
