#pragma once

// The state machine, as pure functions of (value, input, now). They decide and they word the
// refusal. Every store calls them inside its transaction: there, and nowhere else, an answer is the
// truth. Called outside of a transaction they give a hint.

#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "core/limits.hpp"
#include "core/part.hpp"
#include "core/upload.hpp"
#include "core/upload_store.hpp"

namespace partwise {

// True for a pending upload whose deadline has come: `now` >= expires_at.
[[nodiscard]] bool is_overdue(const Upload& upload, Timestamp now);

// The upload as the clock has it: expired, if it is overdue.
[[nodiscard]] Upload at_time(Upload upload, Timestamp now);

// `No such Upload object: X`, not_found.
[[nodiscard]] Error no_such_upload(std::string_view id);
// `No such File object: X`, not_found.
[[nodiscard]] Error no_such_file(std::string_view id);
// `Upload X is not pending (status: cancelled).`, state_conflict.
[[nodiscard]] Error not_pending(const Upload& upload);

// Errors: state_conflict.
[[nodiscard]] Result<> require_pending(const Upload& upload, Timestamp now);

// May this upload take one more part of `part_bytes`? Errors: state_conflict; invalid_request when
// the part is larger than the declared bytes, or the stored bytes or part count would pass their
// limit.
[[nodiscard]] Result<> judge_part(const Upload& upload, std::uint64_t part_bytes,
                                  const CoreLimits& limits, Timestamp now);

// pending -> cancelled; cancelled again is the same value. Errors: state_conflict.
[[nodiscard]] Result<Upload> judge_cancel(Upload upload, Timestamp now);

struct JudgedCompletion {
  Upload upload;                // Completed.
  bool replayed = false;        // Nothing is to be written.
  Manifest manifest;            // Of the new file; empty for a replay.
  std::vector<BlobKey> unused;  // Blobs of parts that the file does not use.
};

// pending -> completed. `parts` are all parts of the upload, in any order. Precedence: state, part
// ids in the order of the list, sum, md5. A request with `md5` but without `computed_md5` is judged
// up to the sum, and then is unavailable: the caller computes the digest first. Errors:
// state_conflict; invalid_request.
[[nodiscard]] Result<JudgedCompletion> judge_complete(const Upload& upload,
                                                      std::span<const Part> parts,
                                                      const CompleteRequest& request,
                                                      Timestamp now);

// Whether a complete with these part ids asks for what has been done already.
[[nodiscard]] bool is_replay(const Upload& upload, std::span<const std::string> part_ids);

// Orders `parts` as `part_ids` asks. Errors: invalid_request, param part_ids, naming id and
// position, for an id that is unknown, foreign or named twice.
[[nodiscard]] Result<std::vector<Part>> select_parts(std::span<const Part> parts,
                                                     std::span<const std::string> part_ids);

// SHA-256 over the part ids, each preceded by its length in bytes and a colon.
[[nodiscard]] Sha256Digest fingerprint_of(std::span<const std::string> part_ids);

// The same, one id after the other: `fingerprint` is a SHA-256.
void add_to_fingerprint(Digester& fingerprint, std::string_view part_id);

// The whole content's CRC64, composed from those of the blobs.
[[nodiscard]] std::uint64_t crc64_of(const Manifest& manifest);

}  // namespace partwise
