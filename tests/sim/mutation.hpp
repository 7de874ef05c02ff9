#pragma once

// Deliberate bugs, one at a time, to see that the simulator finds them. None is in the code that is
// shipped: each is made in what the simulator puts around it, the file system, the stores, the
// wiring and the handler.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace partwise::sim {

enum class Mutation : std::uint8_t {
  none,
  skip_content_sync,
  sync_content_late,
  retry_failed_sync,
  skip_directory_sync,
  intent_after_blob,
  adopt_keeps_intent,
  adopt_without_pending,
  delete_before_commit,
  forget_before_removal,
  tidy_after_unknown,
  cancel_without_cut,
  stream_not_entered,
  leave_before_written,
  answer_before_commit,
  complete_wrong_order,
  complete_drops_excess,
  complete_not_idempotent,
  expired_not_absorbing,
  key_not_remembered,
  lease_ignored,
  file_never_reaped,
  page_loses_item,
  charge_kept_by_cancel,
  commit_not_synced,
  looks_once,
  quota_ignored,
  quota_refuses_early,
  deadline_of_complete_ignored,
  answer_of_part_swallowed,
  create_refused,
  foreign_intents_due,
  abandoned_intent_adopted,
  reader_grace_ignored,
  claims_kept_forever,
  node_clock_decides,
  news_instead_of_transaction,
  news_before_commit,
};

struct MutationName {
  Mutation mutation;
  std::string_view name;
  std::string_view what;
  bool needs_several_nodes = false;  // In other histories it changes nothing.
};

// In the order of docs/reliability.md.
inline constexpr std::array kMutations{
    MutationName{Mutation::skip_content_sync, "skip_content_sync",
                 "The content of a blob is never synced."},
    MutationName{Mutation::sync_content_late, "sync_content_late",
                 "The content is synced some time after the commit."},
    MutationName{Mutation::retry_failed_sync, "retry_failed_sync",
                 "A sync that failed is tried again, and its success believed."},
    MutationName{Mutation::skip_directory_sync, "skip_directory_sync",
                 "The directory is not synced after a name was given."},
    MutationName{Mutation::intent_after_blob, "intent_after_blob",
                 "The intent is answered before it is committed."},
    MutationName{Mutation::adopt_keeps_intent, "adopt_keeps_intent",
                 "A part adopts its blob and leaves the intent."},
    MutationName{Mutation::adopt_without_pending, "adopt_without_pending",
                 "The part's transaction does not look again whether the upload is pending."},
    MutationName{Mutation::delete_before_commit, "delete_before_commit",
                 "A cancel removes the blobs before it is committed."},
    MutationName{Mutation::forget_before_removal, "forget_before_removal",
                 "The reaper forgets its work before it has removed the blobs."},
    MutationName{Mutation::tidy_after_unknown, "tidy_after_unknown",
                 "A blob is removed after a commit of unknown outcome."},
    MutationName{Mutation::cancel_without_cut, "cancel_without_cut",
                 "A cancel is answered without cutting the streams."},
    MutationName{Mutation::stream_not_entered, "stream_not_entered",
                 "A stream does not enter the registry of its upload."},
    MutationName{Mutation::leave_before_written, "leave_before_written",
                 "A stream leaves the registry before its answer is written."},
    MutationName{Mutation::answer_before_commit, "answer_before_commit",
                 "A cancel is answered before its commit."},
    MutationName{Mutation::complete_wrong_order, "complete_wrong_order",
                 "A complete sorts the parts by their ids."},
    MutationName{Mutation::complete_drops_excess, "complete_drops_excess",
                 "A complete of too many bytes takes the parts that fit."},
    MutationName{Mutation::complete_not_idempotent, "complete_not_idempotent",
                 "A complete that is asked again is refused."},
    MutationName{Mutation::expired_not_absorbing, "expired_not_absorbing",
                 "An expired upload is pending again when the clock is set back."},
    MutationName{Mutation::key_not_remembered, "key_not_remembered",
                 "An Idempotency-Key is not recorded."},
    MutationName{Mutation::lease_ignored, "lease_ignored",
                 "The reaper does not know of downloads under way."},
    MutationName{Mutation::file_never_reaped, "file_never_reaped",
                 "The blobs of deleted files are never removed."},
    MutationName{Mutation::page_loses_item, "page_loses_item",
                 "A page that is not the last one lacks its last item."},
    MutationName{Mutation::charge_kept_by_cancel, "charge_kept_by_cancel",
                 "A cancel does not give the stored bytes back to the project."},
    MutationName{Mutation::commit_not_synced, "commit_not_synced",
                 "SQLite answers a commit before its log is synced (synchronous=NORMAL)."},
    MutationName{Mutation::looks_once, "looks_once",
                 "Checker and scrubber do not look again whether a file or part is still there."},
    MutationName{Mutation::quota_ignored, "quota_ignored",
                 "The quota of the project is never kept."},
    MutationName{Mutation::quota_refuses_early, "quota_refuses_early",
                 "A quota refuses what it still has room for."},
    MutationName{Mutation::deadline_of_complete_ignored, "deadline_of_complete_ignored",
                 "A complete does not look at the deadline of its upload."},
    MutationName{Mutation::answer_of_part_swallowed, "answer_of_part_swallowed",
                 "A connection ends where a part is to be answered, now and then."},
    MutationName{Mutation::create_refused, "create_refused",
                 "A right create is answered 400, now and then."},
    MutationName{Mutation::foreign_intents_due, "foreign_intents_due",
                 "A node takes the intents of all others for those of the dead.", true},
    MutationName{Mutation::abandoned_intent_adopted, "abandoned_intent_adopted",
                 "A part or file adopts a blob whose intent was given up for its age.", true},
    MutationName{Mutation::reader_grace_ignored, "reader_grace_ignored",
                 "The blobs of a deleted file go at once, whoever reads them on another node.",
                 true},
    MutationName{Mutation::claims_kept_forever, "claims_kept_forever",
                 "What a node has claimed to remove is never claimed by another.", true},
    MutationName{Mutation::node_clock_decides, "node_clock_decides",
                 "Transactions go by the clock of the node that asks for them.", true},
    MutationName{Mutation::news_instead_of_transaction, "news_instead_of_transaction",
                 "A node takes an upload for pending until it has heard of its end.", true},
    MutationName{Mutation::news_before_commit, "news_before_commit",
                 "Other nodes are told of a cancel before it is committed.", true},
};

[[nodiscard]] constexpr std::optional<Mutation> parse_mutation(std::string_view name) {
  for (const MutationName& known : kMutations) {
    if (known.name == name) return known.mutation;
  }
  return std::nullopt;
}

}  // namespace partwise::sim
