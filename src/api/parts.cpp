#include "api/parts.hpp"

#include "api/form_length.hpp"
#include "api/json_response.hpp"
#include "api/page_query.hpp"
#include "api/part_form.hpp"
#include "api/upload_streams.hpp"
#include "api/wire_mapping.hpp"
#include "http/form_field.hpp"

namespace partwise::api {

namespace {

Task<Result<Part>> receive_part(Call& call, OwnedUploadId id, UploadService& uploads,
                                UploadStream& stream, const ApiLimits& limits) {
  const http::RequestHead& head = call.exchange.head();
  const std::uint64_t bytes_min = content_bytes_min(head, limits);
  CO_TRY(auto admitted, co_await uploads.admit_part(std::move(id), bytes_min));
  CO_TRY(const auto boundary, http::parse_boundary(head.header("content-type")));
  PartForm form(call.exchange.body(), boundary, limits);
  CO_CHECK(co_await form.find_data());
  co_return co_await uploads.add_part(std::move(admitted), form, stream);
}

}  // namespace

Task<Result<http::Response>> add_part(Call& call, UploadService& uploads, StreamRegistry& streams,
                                      const ApiLimits& limits) {
  CO_CHECK(check_form_length(call.exchange.head(), limits.part_bytes_max, limits, "data"));
  CO_TRY(auto id, upload_id_of(call));
  auto stream = enter_stream(streams, id.id, call.exchange);
  auto part = co_await receive_part(call, std::move(id), uploads, *stream, limits);
  if (!part) co_return fail(reason_of(std::move(part).error(), *stream));
  co_return leaving_when_written(json_response(to_wire(*part)), std::move(stream));
}

Task<Result<http::Response>> list_parts(Call& call, UploadService& uploads,
                                        const ApiLimits& limits) {
  CO_TRY(auto id, upload_id_of(call));
  CO_TRY(auto page, parse_page_query(call.exchange.head().query, Order::asc, limits));
  CO_TRY(const auto listed, co_await uploads.list_parts(std::move(id), std::move(page)));
  co_return json_response(to_wire(listed));
}

}  // namespace partwise::api
