#pragma once

// The schema's versions. Number N of the file `migrations/N.hpp` is what user_version says
// afterwards.

#include "store/sqlite/database.hpp"

namespace partwise::sqlite {

// Brings the file to the newest version, each step in a transaction of its own. Several processes
// may try. Without `may_change_older` only a new file is. Errors: invalid_request where the file
// was made by a newer Partwise, or by an older one and may not be changed; else as in Database.
[[nodiscard]] Result<> migrate(Database& database, bool may_change_older = true);

// The same check for who only reads: errors also where the file is older than this program.
[[nodiscard]] Result<> require_newest(Database& database);

}  // namespace partwise::sqlite
