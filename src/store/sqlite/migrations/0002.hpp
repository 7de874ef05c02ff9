#pragma once

// Which requests have been answered with which object, by their Idempotency-Key.

namespace partwise::sqlite {

inline constexpr char kMigration0002[] = R"sql(
CREATE TABLE idempotency_records (
  project        TEXT NOT NULL,
  verb           TEXT NOT NULL,
  key            TEXT NOT NULL,
  request_sha256 BLOB NOT NULL CHECK (length(request_sha256) = 32),
  object_id      TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  PRIMARY KEY (project, verb, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_records_due ON idempotency_records (created_at);
)sql";

}  // namespace partwise::sqlite
