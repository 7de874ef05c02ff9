#pragma once

// Roles and expiry of keys, quotas of open uploads, and the counters of usage, filled from the rows
// that are there.

namespace partwise::sqlite {

inline constexpr char kMigration0003[] = R"sql(
ALTER TABLE api_keys ADD COLUMN role TEXT NOT NULL DEFAULT 'user'
  CHECK (role = 'user' OR role = 'service' OR role = 'admin');
ALTER TABLE api_keys ADD COLUMN expires_at INTEGER;
ALTER TABLE projects ADD COLUMN quota_open_uploads INTEGER;

CREATE INDEX uploads_open ON uploads (project, created_at) WHERE status = 'pending';

CREATE TABLE usage (
  project      TEXT NOT NULL,
  kind         TEXT NOT NULL CHECK (kind = 'upload' OR kind = 'file' OR kind = 'reclaimable'),
  name         TEXT NOT NULL,
  count        INTEGER NOT NULL,
  bytes        INTEGER NOT NULL,
  stored_bytes INTEGER NOT NULL,
  PRIMARY KEY (project, kind, name)
) STRICT, WITHOUT ROWID;
INSERT INTO usage (project, kind, name, count, bytes, stored_bytes)
  SELECT project, 'upload', status, count(*), sum(bytes),
         sum(iif(status = 'pending', stored_bytes, 0))
    FROM uploads WHERE forgotten = 0 GROUP BY project, status;
INSERT INTO usage (project, kind, name, count, bytes, stored_bytes)
  SELECT project, 'file', purpose, count(*), sum(bytes), 0
    FROM files WHERE deleted_at IS NULL GROUP BY project, purpose;
INSERT INTO usage (project, kind, name, count, bytes, stored_bytes)
  SELECT project, 'reclaimable', '', count(*), sum(bytes), 0 FROM (
    SELECT project, stored_bytes - iif(status = 'completed', bytes, 0) AS bytes
      FROM uploads WHERE status <> 'pending' AND reaped = 0
    UNION ALL SELECT project, bytes FROM files WHERE deleted_at IS NOT NULL AND reaped = 0)
  GROUP BY project;
)sql";

}  // namespace partwise::sqlite
