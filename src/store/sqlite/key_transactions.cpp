#include "store/sqlite/key_transactions.hpp"

#include <fmt/format.h>

namespace partwise::sqlite {

Result<ApiKey> create_key(Transaction& tx, ApiKey key) {
  key.created_at = tx.now;
  key.revoked_at.reset();
  CHECK(tx.tables.projects.ensure(key.project));
  CHECK(tx.tables.keys.insert(key));
  return key;
}

Result<ApiKey> revoke_key(Transaction& tx, const KeyId& id) {
  TRY(auto key, tx.tables.keys.find(id));
  if (!key) return fail(ErrorCode::not_found, fmt::format("No such key: {}.", id.text), "key");
  if (key->revoked_at) return std::move(*key);
  CHECK(tx.tables.keys.revoke(id, tx.now));
  key->revoked_at = tx.now;
  return std::move(*key);
}

}  // namespace partwise::sqlite
