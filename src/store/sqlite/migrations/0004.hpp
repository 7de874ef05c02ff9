#pragma once

// The MD5 that a replay of a complete had to compute, because the complete had asked for none.

namespace partwise::sqlite {

inline constexpr char kMigration0004[] = R"sql(
ALTER TABLE uploads ADD COLUMN replay_md5 BLOB
  CHECK (replay_md5 IS NULL OR length(replay_md5) = 16);
)sql";

}  // namespace partwise::sqlite
