#pragma once

// The first schema. docs/formats/metadata.md explains every table; a later change is a new numbered
// file. A CHECK compares with OR: for a list of more than two SQLite builds a table at each write.

namespace partwise::sqlite {

inline constexpr char kMigration0001[] = R"sql(
CREATE TABLE projects (
  id           TEXT PRIMARY KEY NOT NULL,
  stored_bytes INTEGER NOT NULL DEFAULT 0,
  quota_bytes  INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE uploads (
  seq            INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE,
  project        TEXT NOT NULL,
  status         TEXT NOT NULL CHECK (status = 'pending' OR status = 'completed'
                                      OR status = 'cancelled' OR status = 'expired'),
  bytes          INTEGER NOT NULL,
  filename       TEXT NOT NULL,
  purpose        TEXT NOT NULL,
  mime_type      TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  expires_at     INTEGER NOT NULL,
  file_ttl       INTEGER,
  part_count     INTEGER NOT NULL DEFAULT 0,
  stored_bytes   INTEGER NOT NULL DEFAULT 0,
  ended_at       INTEGER,
  reaped         INTEGER NOT NULL DEFAULT 0,
  forgotten      INTEGER NOT NULL DEFAULT 0,
  file_id        TEXT,
  file_seq       INTEGER,
  file_crc64     INTEGER,
  file_md5       BLOB CHECK (file_md5 IS NULL OR length(file_md5) = 16),
  request_sha256 BLOB CHECK (request_sha256 IS NULL OR length(request_sha256) = 32),
  request_md5    BLOB CHECK (request_md5 IS NULL OR length(request_md5) = 16)
) STRICT;
CREATE INDEX uploads_listed ON uploads (project, created_at, seq) WHERE forgotten = 0;
CREATE INDEX uploads_listed_by_purpose ON uploads (project, purpose, created_at, seq)
  WHERE forgotten = 0;
CREATE INDEX uploads_due ON uploads (expires_at) WHERE status = 'pending';
CREATE INDEX uploads_forgettable ON uploads (ended_at) WHERE reaped = 1 AND forgotten = 0;
CREATE INDEX uploads_forgotten ON uploads (ended_at) WHERE forgotten = 1;

CREATE TABLE parts (
  upload_seq INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  id         TEXT NOT NULL UNIQUE,
  key        BLOB NOT NULL CHECK (length(key) = 16),
  bytes      INTEGER NOT NULL,
  crc64      INTEGER NOT NULL,
  md5        BLOB CHECK (md5 IS NULL OR length(md5) = 16),
  sha256     BLOB CHECK (sha256 IS NULL OR length(sha256) = 32),
  PRIMARY KEY (upload_seq, created_at, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE files (
  seq        INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  project    TEXT NOT NULL,
  purpose    TEXT NOT NULL,
  filename   TEXT NOT NULL,
  bytes      INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  crc64      INTEGER NOT NULL,
  md5        BLOB CHECK (md5 IS NULL OR length(md5) = 16),
  deleted_at INTEGER,
  reaped     INTEGER NOT NULL DEFAULT 0,
  manifest   BLOB NOT NULL CHECK (length(manifest) % 32 = 0)
) STRICT;
CREATE INDEX files_listed ON files (project, created_at, seq) WHERE deleted_at IS NULL;
CREATE INDEX files_listed_by_purpose ON files (project, purpose, created_at, seq)
  WHERE deleted_at IS NULL;
CREATE INDEX files_due ON files (expires_at) WHERE deleted_at IS NULL AND expires_at IS NOT NULL;
CREATE INDEX files_forgettable ON files (deleted_at) WHERE reaped = 1;

CREATE TABLE intents (
  seq     INTEGER PRIMARY KEY,
  key     BLOB NOT NULL UNIQUE CHECK (length(key) = 16),
  run     TEXT NOT NULL,
  due     INTEGER NOT NULL DEFAULT 0,
  claimed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX intents_owned ON intents (run) WHERE due = 0;
CREATE INDEX intents_due ON intents (due) WHERE due = 1;

CREATE TABLE reap_jobs (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT NOT NULL CHECK (kind = 'upload_parts' OR kind = 'part_rows' OR kind = 'file'),
  owner_seq  INTEGER NOT NULL,
  keys       BLOB NOT NULL DEFAULT x'' CHECK (length(keys) % 16 = 0),
  part_count INTEGER NOT NULL DEFAULT 0,
  settled    INTEGER NOT NULL DEFAULT 0,
  held       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX reap_jobs_free ON reap_jobs (held) WHERE held = 0;

CREATE TABLE api_keys (
  seq        INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  project    TEXT NOT NULL,
  name       TEXT NOT NULL,
  digest     BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;

CREATE TABLE counters (
  name  TEXT PRIMARY KEY NOT NULL,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES ('keys_version', 0);
)sql";

}  // namespace partwise::sqlite
