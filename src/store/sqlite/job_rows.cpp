#include "store/sqlite/job_rows.hpp"

#include "core/manifest_codec.hpp"

namespace partwise::sqlite {

namespace {

std::string_view kind_text(JobKind kind) {
  switch (kind) {
    case JobKind::upload_parts:
      return "upload_parts";
    case JobKind::part_rows:
      return "part_rows";
    case JobKind::file:
      return "file";
  }
  std::unreachable();
}

// The schema admits these three words only.
JobKind parse_kind(std::string_view text) {
  if (text == "upload_parts") return JobKind::upload_parts;
  return text == "part_rows" ? JobKind::part_rows : JobKind::file;
}

Result<std::optional<Job>> read(Rows rows) {
  TRY(const bool found, rows.next());
  if (!found) return std::nullopt;
  Job job;
  job.seq = rows.size(0);
  job.kind = parse_kind(rows.text(1));
  job.owner_seq = rows.size(2);
  job.key_count = rows.size(3);
  job.part_count = rows.size(4);
  job.settled = rows.size(5);
  job.held = rows.integer(6) != 0;
  return job;
}

}  // namespace

Result<std::uint64_t> count_jobs(Database& database) {
  Statement count(database, "SELECT count(*) FROM reap_jobs");
  auto rows = count.select();
  TRY(const bool found, rows.next());
  return found ? rows.size(0) : 0;
}

JobRows::JobRows(Database& database)
    : insert_(database,
              "INSERT INTO reap_jobs (kind, owner_seq, keys, part_count, held) VALUES (?1, ?2, ?3, "
              "?4, ?5)"),
      find_(
          database,
          "SELECT seq, kind, owner_seq, length(keys) / 16, part_count, settled, held FROM reap_jobs"
          " WHERE seq = ?1"),
      next_after_(database,
                  "SELECT seq, kind, owner_seq, length(keys) / 16, part_count, settled, held"
                  " FROM reap_jobs WHERE seq = (SELECT min(seq) FROM"
                  " (SELECT min(seq) AS seq FROM reap_jobs WHERE held = 0 AND seq > ?1 UNION ALL"
                  " SELECT min(seq) FROM reap_jobs WHERE seq > ?1 AND seq <= ?2))"),
      // Kept by AUTOINCREMENT: a number is not used again when its job is gone.
      newest_(database, "SELECT seq FROM sqlite_sequence WHERE name = 'reap_jobs'"),
      keys_(database, "SELECT substr(keys, 1 + 16 * ?2, 16 * ?3) FROM reap_jobs WHERE seq = ?1"),
      set_settled_(database, "UPDATE reap_jobs SET settled = ?2 WHERE seq = ?1"),
      remove_(database, "DELETE FROM reap_jobs WHERE seq = ?1") {}

Result<> JobRows::insert(const Job& job, const std::vector<BlobKey>& keys) {
  const auto packed = pack_keys(keys);
  return insert_.run(kind_text(job.kind), job.owner_seq, Bytes(packed), job.part_count, job.held);
}

Result<std::optional<Job>> JobRows::find(std::uint64_t seq) { return read(find_.select(seq)); }

Result<std::optional<Job>> JobRows::next_after(std::uint64_t seq, std::uint64_t held_through) {
  return read(next_after_.select(seq, held_through));
}

Result<std::uint64_t> JobRows::newest() {
  auto rows = newest_.select();
  TRY(const bool found, rows.next());
  return found ? rows.size(0) : 0;
}

Result<std::vector<BlobKey>> JobRows::keys(std::uint64_t seq, std::uint64_t first,
                                           std::uint32_t count) {
  auto rows = keys_.select(seq, first, count);
  TRY(const bool found, rows.next());
  return found ? unpack_keys(rows.bytes(0)) : std::vector<BlobKey>();
}

Result<> JobRows::set_settled(std::uint64_t seq, std::uint64_t settled) {
  return set_settled_.run(seq, settled);
}

Result<> JobRows::remove(std::uint64_t seq) { return remove_.run(seq); }

}  // namespace partwise::sqlite
