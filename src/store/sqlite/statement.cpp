#include "store/sqlite/statement.hpp"

namespace partwise::sqlite {

Result<> Statement::prepare() {
  if (handle_ != nullptr) return {};
  const int code =
      sqlite3_prepare_v3(database_->handle(), sql_.c_str(), static_cast<int>(sql_.size() + 1),
                         SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
  if (code != SQLITE_OK) return fail(database_->error(code));
  return {};
}

void Statement::note(int code) {
  if (code != SQLITE_OK && !failure_) failure_ = database_->error(code);
}

Result<bool> Statement::step() {
  if (failure_) return fail(*failure_);
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail(database_->error(code));
}

Result<> Statement::run_to_end() {
  Result<bool> more = true;
  while (more && *more) more = step();
  reset();
  if (!more) return fail(std::move(more).error());
  return {};
}

void Statement::reset() {
  (void)sqlite3_reset(handle_);  // Repeats the error of the last step, which has been reported.
  failure_.reset();
}

Rows::~Rows() { statement_->reset(); }

Result<bool> Rows::next() { return statement_->step(); }

bool Rows::is_null(int column) const {
  return sqlite3_column_type(statement_->handle_, column) == SQLITE_NULL;
}

std::int64_t Rows::integer(int column) const {
  return sqlite3_column_int64(statement_->handle_, column);
}

std::string_view Rows::text(int column) const {
  const auto* text =
      reinterpret_cast<const char*>(sqlite3_column_text(statement_->handle_, column));
  const int size = sqlite3_column_bytes(statement_->handle_, column);
  return text == nullptr ? std::string_view()
                         : std::string_view(text, static_cast<std::size_t>(size));
}

Bytes Rows::bytes(int column) const {
  const auto* data =
      static_cast<const std::byte*>(sqlite3_column_blob(statement_->handle_, column));
  const int size = sqlite3_column_bytes(statement_->handle_, column);
  return data == nullptr ? Bytes() : Bytes(data, static_cast<std::size_t>(size));
}

}  // namespace partwise::sqlite
