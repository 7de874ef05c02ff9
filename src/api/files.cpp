#include "api/files.hpp"

#include "api/file_form.hpp"
#include "api/form_length.hpp"
#include "api/json_response.hpp"
#include "api/page_query.hpp"
#include "api/purposes.hpp"
#include "api/wire_mapping.hpp"
#include "http/form_field.hpp"

namespace partwise::api {

namespace {

// A file that is posted whole belongs to no upload that somebody could end.
class WholeFileStream final : public ContentStream {
 public:
  explicit WholeFileStream(http::Connection& connection) : connection_(connection) {}
  void interrupt() const override { connection_.interrupt(); }
  [[nodiscard]] Result<> check_not_cut() const override { return {}; }

 private:
  http::Connection& connection_;
};

}  // namespace

Task<Result<http::Response>> create_file(Call& call, FileService& files, const ApiLimits& limits) {
  const http::RequestHead& head = call.exchange.head();
  CO_CHECK(check_form_length(head, limits.file_bytes_max, limits, "file"));
  CO_TRY(const auto boundary, http::parse_boundary(head.header("content-type")));
  CO_TRY(const std::uint64_t room,
         co_await files.admit(call.identity.project, content_bytes_min(head, limits)));
  FileForm form(call.exchange.body(), boundary, purposes_for(call.identity.role), limits);
  CO_CHECK(co_await form.find_file());
  const WholeFileStream stream(call.exchange.connection());
  CO_TRY(const auto file, co_await files.create(call.identity.project, form, stream, room));
  co_return json_response(to_wire(file));
}

Task<Result<http::Response>> list_files(Call& call, FileService& files, const ApiLimits& limits) {
  CO_TRY(auto page, parse_page_query(call.exchange.head().query, Order::desc, limits));
  CO_TRY(const auto listed, co_await files.list(call.identity.project, std::move(page)));
  co_return json_response(to_wire(listed));
}

Task<Result<http::Response>> get_file(Call& call, FileService& files) {
  CO_TRY(auto id, file_id_of(call));
  CO_TRY(const auto file, co_await files.get(std::move(id)));
  co_return json_response(to_wire(file));
}

Task<Result<http::Response>> delete_file(Call& call, FileService& files) {
  CO_TRY(auto id, file_id_of(call));
  CO_TRY(const auto file, co_await files.remove(std::move(id)));
  co_return json_response(wire::WireDeletedFile{file.id.text});
}

}  // namespace partwise::api
