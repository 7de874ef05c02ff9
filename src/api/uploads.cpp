#include "api/uploads.hpp"

#include "api/json_response.hpp"
#include "api/page_query.hpp"
#include "api/purposes.hpp"
#include "api/upload_streams.hpp"
#include "api/wire_mapping.hpp"
#include "wire/request_bodies.hpp"

namespace partwise::api {

namespace {

Result<CreateUploadRequest> parse_create(std::string_view json, Role role) {
  TRY(wire::CreateUploadBody body, wire::parse_create_upload_body(json, purposes_for(role)));
  CreateUploadRequest request;
  request.bytes = body.bytes;
  request.filename = std::move(body.filename);
  request.purpose = parse_purpose(body.purpose).value();  // One of those that the wire let through.
  request.mime_type = std::move(body.mime_type);
  if (body.expires_after_seconds) request.expires_after.emplace(*body.expires_after_seconds);
  return request;
}

Result<CompleteUploadRequest> parse_complete(std::string_view json) {
  TRY(wire::CompleteUploadBody body, wire::parse_complete_upload_body(json));
  return CompleteUploadRequest{.part_ids = std::move(body.part_ids), .md5 = body.md5};
}

}  // namespace

Task<Result<http::Response>> create_upload(Call& call, UploadService& uploads) {
  CO_TRY(auto request, parse_create(call.body_text, call.identity.role));
  request.idempotency_key = call.exchange.head().header_list("idempotency-key");
  CO_TRY(const auto upload, co_await uploads.create(call.identity.project, std::move(request)));
  co_return json_response(to_wire(upload));
}

Task<Result<http::Response>> list_uploads(Call& call, UploadService& uploads,
                                          const ApiLimits& limits) {
  CO_TRY(auto page, parse_page_query(call.exchange.head().query, Order::desc, limits));
  CO_TRY(const auto listed, co_await uploads.list(call.identity.project, std::move(page)));
  co_return json_response(to_wire(listed));
}

Task<Result<http::Response>> get_upload(Call& call, UploadService& uploads) {
  CO_TRY(auto id, upload_id_of(call));
  CO_TRY(const auto upload, co_await uploads.get(std::move(id)));
  co_return json_response(to_wire(upload));
}

Task<Result<http::Response>> complete_upload(Call& call, UploadService& uploads,
                                             StreamRegistry& streams) {
  CO_TRY(auto id, upload_id_of(call));
  CO_TRY(auto request, parse_complete(call.body_text));
  const auto stream = enter_stream(streams, id.id, call.exchange);
  CO_TRY(const auto upload, co_await uploads.complete(std::move(id), std::move(request), *stream));
  co_return json_response(to_wire(upload));
}

Task<Result<http::Response>> cancel_upload(Call& call, UploadService& uploads) {
  CO_TRY(auto id, upload_id_of(call));
  CO_TRY(const auto upload, co_await uploads.cancel(std::move(id)));
  co_return json_response(to_wire(upload));
}

}  // namespace partwise::api
