#include "store/postgres/job_rows.hpp"

#include <fmt/format.h>

#include "core/manifest_codec.hpp"

namespace partwise::postgres::job_rows {

namespace {

constexpr std::string_view kColumns =
    "seq, kind, owner_seq, (octet_length(keys) / 16)::bigint, part_count, settled, held, due_at";

const Statement kInsert{"job_insert",
                        "INSERT INTO reap_jobs (kind, owner_seq, keys, part_count, held, due_at)"
                        " VALUES ($1, $2, $3, $4, $5, $6)"};
const Statement kInsertOfIntents{
    "job_insert_of_intents",
    "INSERT INTO reap_jobs (kind, owner_seq, held, due_at) VALUES ('intents', 0, true, $1)"
    " RETURNING seq"};
const Statement kSetPartCount{"job_set_part_count",
                              "UPDATE reap_jobs SET part_count = $2 WHERE seq = $1"};
const Statement kHold{"job_hold",
                      fmt::format("SELECT {} FROM reap_jobs WHERE seq = $1 FOR UPDATE", kColumns)};
const Statement kHoldFree{
    "job_hold_free",
    fmt::format("SELECT {} FROM reap_jobs WHERE (NOT held OR seq <= $3) AND due_at <= $2"
                " AND (claimed_by IS NULL OR claimed_by = $1 OR claim_until <= $2)"
                " AND seq <> ALL ($4) ORDER BY seq LIMIT $5 FOR UPDATE SKIP LOCKED",
                kColumns)};
const Statement kClaim{
    "job_claim", "UPDATE reap_jobs SET claimed_by = $2, claim_until = $3 WHERE seq = ANY ($1)"};
const Statement kNewest{"job_newest",
                        "SELECT CASE WHEN is_called THEN last_value ELSE 0 END, partwise_moment()"
                        " FROM reap_jobs_seq_seq"};
const Statement kKeys{"job_keys",
                      "SELECT substring(keys FROM (1 + 16 * $2)::integer FOR (16 * $3)::integer)"
                      " FROM reap_jobs WHERE seq = $1"};
const Statement kSetSettled{"job_set_settled", "UPDATE reap_jobs SET settled = $2 WHERE seq = $1"};
const Statement kRemove{"job_remove", "DELETE FROM reap_jobs WHERE seq = $1"};

std::string_view kind_text(JobKind kind) {
  switch (kind) {
    case JobKind::upload_parts:
      return "upload_parts";
    case JobKind::part_rows:
      return "part_rows";
    case JobKind::file:
      return "file";
    case JobKind::intents:
      return "intents";
  }
  std::unreachable();
}

// The schema admits these words only.
JobKind parse_kind(std::string_view text) {
  if (text == "upload_parts") return JobKind::upload_parts;
  if (text == "part_rows") return JobKind::part_rows;
  return text == "intents" ? JobKind::intents : JobKind::file;
}

Job read(const Rows& rows) {
  Job job;
  job.seq = rows.size(0);
  job.kind = parse_kind(rows.text(1));
  job.owner_seq = rows.size(2);
  job.key_count = rows.size(3);
  job.part_count = rows.size(4);
  job.settled = rows.size(5);
  job.held = rows.boolean(6);
  job.due_at = rows.time(7);
  return job;
}

}  // namespace

void insert(Transaction& tx, const Job& job, const std::vector<BlobKey>& keys) {
  const auto packed = pack_keys(keys);
  tx.later(kInsert, kind_text(job.kind), job.owner_seq, Bytes(packed), job.part_count, job.held,
           job.due_at);
}

Result<std::uint64_t> insert_of_intents(Transaction& tx, Timestamp now) {
  TRY(auto rows, tx.query(kInsertOfIntents, now));
  if (!rows.next()) return fail(ErrorCode::internal, "An insert returned no row.");
  return rows.size(0);
}

void set_part_count(Transaction& tx, std::uint64_t seq, std::uint64_t part_count) {
  tx.later(kSetPartCount, seq, part_count);
}

Result<std::optional<Job>> hold(Transaction& tx, std::uint64_t seq) {
  TRY(auto rows, tx.query(kHold, seq));
  if (!rows.next()) return std::nullopt;
  return read(rows);
}

Result<std::vector<Job>> hold_free(Transaction& tx, const RunId& run, Timestamp now,
                                   const ClaimFilter& filter, std::uint32_t count) {
  TRY(auto rows,
      tx.query(kHoldFree, run.text, now, filter.held_through, filter.passed_over, count));
  std::vector<Job> jobs;
  while (rows.next()) jobs.push_back(read(rows));
  return jobs;
}

void claim(Transaction& tx, const std::vector<std::uint64_t>& jobs, const RunId& run,
           Timestamp until) {
  tx.later(kClaim, jobs, run.text, until);
}

Result<std::pair<std::uint64_t, Timestamp>> newest(Transaction& tx) {
  TRY(auto rows, tx.query(kNewest));
  if (!rows.next()) return fail(ErrorCode::internal, "A sequence has no row.");
  return std::pair(rows.size(0), rows.time(1));
}

Result<std::vector<BlobKey>> keys(Transaction& tx, std::uint64_t seq, std::uint64_t first,
                                  std::uint32_t count) {
  TRY(auto rows, tx.query(kKeys, seq, first, count));
  return rows.next() ? unpack_keys(rows.bytes(0)) : std::vector<BlobKey>();
}

void set_settled(Transaction& tx, std::uint64_t seq, std::uint64_t settled) {
  tx.later(kSetSettled, seq, settled);
}

void remove(Transaction& tx, std::uint64_t seq) { tx.later(kRemove, seq); }

}  // namespace partwise::postgres::job_rows
