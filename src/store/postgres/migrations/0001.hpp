#pragma once

// The first schema. docs/formats/metadata.md explains the tables; a later change is a new numbered
// file. Times are Unix seconds of the database's clock, and read through partwise_moment() alone.
// There are no foreign keys: what belongs together is written and removed in one transaction. What
// a client gave as text is bytea, because text may not hold a NUL.

namespace partwise::postgres {

inline constexpr const char* kMigration0001[] = {
    R"sql(
CREATE FUNCTION partwise_moment() RETURNS bigint LANGUAGE sql VOLATILE
  AS 'SELECT floor(extract(epoch FROM clock_timestamp()))::bigint'
)sql",
    R"sql(
CREATE TABLE projects (
  id                 text PRIMARY KEY,
  stored_bytes       bigint NOT NULL DEFAULT 0,
  quota_bytes        bigint,
  quota_open_uploads bigint
)
)sql",
    R"sql(
CREATE TABLE uploads (
  seq            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id             text NOT NULL UNIQUE,
  project        text NOT NULL,
  status         text NOT NULL CHECK (status IN ('pending', 'completed', 'cancelled', 'expired')),
  bytes          bigint NOT NULL,
  filename       bytea NOT NULL,
  purpose        text NOT NULL,
  mime_type      bytea NOT NULL,
  created_at     bigint NOT NULL,
  expires_at     bigint NOT NULL,
  file_ttl       bigint,
  part_count     bigint NOT NULL DEFAULT 0,
  stored_bytes   bigint NOT NULL DEFAULT 0,
  ended_at       bigint,
  reaped         boolean NOT NULL DEFAULT false,
  forgotten      boolean NOT NULL DEFAULT false,
  file_id        text,
  file_seq       bigint,
  file_crc64     bigint,
  file_md5       bytea CHECK (octet_length(file_md5) = 16),
  request_sha256 bytea CHECK (octet_length(request_sha256) = 32),
  request_md5    bytea CHECK (octet_length(request_md5) = 16),
  replay_md5     bytea CHECK (octet_length(replay_md5) = 16)
) WITH (fillfactor = 80)
)sql",
    "CREATE INDEX uploads_listed ON uploads (project, created_at, seq) WHERE NOT forgotten",
    "CREATE INDEX uploads_listed_by_purpose ON uploads (project, purpose, created_at, seq)"
    " WHERE NOT forgotten",
    "CREATE INDEX uploads_open ON uploads (project, created_at, seq) WHERE status = 'pending'",
    "CREATE INDEX uploads_due ON uploads (expires_at) WHERE status = 'pending'",
    "CREATE INDEX uploads_forgettable ON uploads (ended_at) WHERE reaped AND NOT forgotten",
    "CREATE INDEX uploads_forgotten ON uploads (ended_at) WHERE forgotten",
    R"sql(
CREATE TABLE parts (
  upload_seq bigint NOT NULL,
  created_at bigint NOT NULL,
  seq        bigint NOT NULL,
  id         text NOT NULL UNIQUE,
  key        bytea NOT NULL CHECK (octet_length(key) = 16),
  bytes      bigint NOT NULL,
  crc64      bigint NOT NULL,
  md5        bytea CHECK (octet_length(md5) = 16),
  sha256     bytea CHECK (octet_length(sha256) = 32),
  PRIMARY KEY (upload_seq, created_at, seq)
)
)sql",
    R"sql(
CREATE TABLE files (
  seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id         text NOT NULL UNIQUE,
  project    text NOT NULL,
  purpose    text NOT NULL,
  filename   bytea NOT NULL,
  bytes      bigint NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint,
  crc64      bigint NOT NULL,
  md5        bytea CHECK (octet_length(md5) = 16),
  deleted_at bigint,
  reaped     boolean NOT NULL DEFAULT false,
  manifest   bytea NOT NULL CHECK (octet_length(manifest) % 32 = 0)
)
)sql",
    "CREATE INDEX files_listed ON files (project, created_at, seq) WHERE deleted_at IS NULL",
    "CREATE INDEX files_listed_by_purpose ON files (project, purpose, created_at, seq)"
    " WHERE deleted_at IS NULL",
    "CREATE INDEX files_due ON files (expires_at)"
    " WHERE deleted_at IS NULL AND expires_at IS NOT NULL",
    "CREATE INDEX files_forgettable ON files (deleted_at) WHERE reaped",
    R"sql(
CREATE TABLE intents (
  seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key         bytea NOT NULL UNIQUE CHECK (octet_length(key) = 16),
  run         text NOT NULL,
  recorded_at bigint NOT NULL,
  due         boolean NOT NULL DEFAULT false,
  claimed_by  text,
  claim_until bigint,
  job         bigint
)
)sql",
    "CREATE INDEX intents_young ON intents (recorded_at) WHERE NOT due",
    "CREATE INDEX intents_due ON intents (seq) WHERE due AND job IS NULL",
    "CREATE INDEX intents_of_jobs ON intents (job, seq) WHERE job IS NOT NULL",
    R"sql(
CREATE TABLE reap_jobs (
  seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind        text NOT NULL CHECK (kind IN ('upload_parts', 'part_rows', 'file', 'intents')),
  owner_seq   bigint NOT NULL,
  keys        bytea NOT NULL DEFAULT '' CHECK (octet_length(keys) % 16 = 0),
  part_count  bigint NOT NULL DEFAULT 0,
  settled     bigint NOT NULL DEFAULT 0,
  held        boolean NOT NULL DEFAULT false,
  due_at      bigint NOT NULL,
  claimed_by  text,
  claim_until bigint
)
)sql",
    "CREATE INDEX reap_jobs_owned ON reap_jobs (owner_seq)",
    R"sql(
CREATE TABLE api_keys (
  seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id         text NOT NULL UNIQUE,
  project    text NOT NULL,
  name       bytea NOT NULL,
  role       text NOT NULL CHECK (role IN ('user', 'service', 'admin')),
  digest     bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
  created_at bigint NOT NULL,
  expires_at bigint,
  revoked_at bigint
)
)sql",
    "CREATE TABLE counters (name text PRIMARY KEY, value bigint NOT NULL)",
    "INSERT INTO counters (name, value) VALUES ('keys_version', 0)",
    R"sql(
CREATE TABLE idempotency_records (
  project        text NOT NULL,
  verb           text NOT NULL,
  key            bytea NOT NULL,
  request_sha256 bytea NOT NULL CHECK (octet_length(request_sha256) = 32),
  object_id      text NOT NULL,
  created_at     bigint NOT NULL,
  PRIMARY KEY (project, verb, key)
)
)sql",
    "CREATE INDEX idempotency_records_due ON idempotency_records (created_at)",
    R"sql(
CREATE TABLE usage (
  project      text NOT NULL,
  kind         text NOT NULL CHECK (kind IN ('upload', 'file', 'reclaimable')),
  name         text NOT NULL,
  count        bigint NOT NULL,
  bytes        bigint NOT NULL,
  stored_bytes bigint NOT NULL,
  PRIMARY KEY (project, kind, name)
)
)sql",
    R"sql(
CREATE TABLE usage_changes (
  seq           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project       text NOT NULL,
  kind          text NOT NULL,
  name          text NOT NULL,
  count         bigint NOT NULL,
  bytes         bigint NOT NULL,
  stored_bytes  bigint NOT NULL,
  charged_bytes bigint NOT NULL
)
)sql",
    "CREATE INDEX usage_changes_of_projects ON usage_changes (project)",
    // One row: which store this is, and where its blobs are. The place of the blobs knows both too.
    "CREATE TABLE store (id text PRIMARY KEY, blobs_id text)",
    "INSERT INTO store (id) VALUES (gen_random_uuid()::text)",
};

}  // namespace partwise::postgres
