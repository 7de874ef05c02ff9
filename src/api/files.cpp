#include "api/files.hpp"

#include "api/json_response.hpp"
#include "api/wire_mapping.hpp"

namespace partwise::api {

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
