#pragma once

// What the clients were told, and what follows from it. The oracle hears of every request when it
// begins and of every whole answer that the server wrote, whether or not a client has read it, and
// compares: each answer with those before it, and all of them with what lies in the stores.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "disk.hpp"
#include "engine.hpp"
#include "request.hpp"

namespace partwise::sim {

// A promise that was broken.
struct Violation {
  std::string invariant;  // I1 to I9 of docs/reliability.md, or `answer`.
  std::string sentence;
};

// What the weather allows: an answer that would be a bug on a fine day.
struct Excuses {
  bool faults = false;            // Disk or store fail: 5xx and 507.
  bool may_be_forgotten = false;  // Days may have passed: 404 for what has ended.
  bool key_forgotten = false;     // An Idempotency-Key may be older than its time.
  bool clock_set_back = false;    // A list shows the clock's view, which then goes back.
  std::uint64_t disturbed = 0;    // The last step in which a run ended, or the network broke.
  bool is_shared = false;         // Several nodes: an intent can be given up while it is used.
  std::optional<std::uint64_t> quota_bytes = {};
  // A file that was deleted so long ago may be cut off while it is read on another node.
  std::optional<std::chrono::seconds> reader_grace = {};
};

struct UploadModel {
  std::string id;
  std::string filename;
  std::uint64_t bytes = 0;
  std::int64_t expires_at = 0;
  std::uint64_t said = 0;                         // When it was first answered.
  std::vector<std::string> pieces;                // That a client means to send.
  std::map<std::string, std::string> parts;       // Known ids, with their content.
  std::map<std::string, std::uint64_t> accepted;  // Ids that were answered, and when.
  std::map<std::string, int> attempts;            // By content: how often it was sent.
  // Lists that were asked for, and when for the first time, in seconds.
  std::map<std::vector<std::string>, std::int64_t> completes;
  bool end_began = false;  // Somebody has asked for a cancel or complete.
  std::string ended = {};  // The word of the terminal state, once known.
  std::uint64_t ended_said = 0;
  // By the run that answered: of the first success of a cancel or complete, and of the last success
  // of a part.
  std::map<std::uint32_t, std::uint64_t> end_first_byte;
  std::map<std::uint32_t, std::uint64_t> part_last_byte;
  std::optional<std::vector<std::string>> winner;
  std::uint64_t winner_said = 0;
  std::string file;

  [[nodiscard]] bool is_open() const { return ended.empty(); }
};

struct FileModel {
  std::string id;
  std::string upload;              // That it was completed from; empty where it was posted whole.
  std::string content;             // Of one that was posted whole.
  std::uint64_t said = 0;          // When it was first answered.
  int deletes = 0;                 // That began, repetitions too.
  std::int64_t deletes_began = 0;  // When the first of them did.
  std::uint64_t deleted_said = 0;  // 0: not.
};

class Oracle {
 public:
  Oracle(Engine& engine, Disk& disk, Trace& trace) : engine_(engine), disk_(disk), trace_(trace) {}

  Excuses excuses;

  // What the creator of an upload of this name means to send.
  void plan(const std::string& filename, std::vector<std::string> pieces) {
    planned_[filename] = std::move(pieces);
  }
  // A request begins, or is sent again.
  void began(const Request& request);
  // The clock that decides stands at this now, or was set to it.
  void note_time() { latest_seconds_ = std::max(latest_seconds_, unix_seconds(engine_.now())); }
  // The server wrote a whole answer.
  void said(const Request& request, const Reply& reply);
  // The server ended the connection before its answer was whole, and nobody had asked for that.
  void broken_off(const Request& request, std::uint64_t began);
  // All pages of one list, from its first to its last.
  void walked(Verb verb, const std::vector<Reply>& pages);

  // A transaction was committed in this step, or may have been.
  void note_commit(std::uint64_t step);
  // Every reference has its blob, and what is billed is what is stored. At any time.
  void check_references();
  // Before a blob's name is taken, and after one was given.
  void check_removal(const std::string& path);
  void check_link(const std::string& path);
  // Everything, once nothing is under way, and the sweeper and reaper have done all they can.
  void check_at_rest();
  // Every byte of what was promised, as the disk would have it after the loss of power.
  void check_contents();

  void fail(std::string invariant, std::string sentence);
  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }

  std::map<std::string, UploadModel> uploads;  // By id.
  std::map<std::string, FileModel> files;

 private:
  void said_create(const Request& request, const Reply& reply);
  void said_part(UploadModel& upload, const Request& request, const Reply& reply);
  void said_complete(UploadModel& upload, const Request& request, const Reply& reply);
  void refused_complete(UploadModel& upload, const Request& request, const Reply& reply);
  void said_parts(UploadModel& upload, const Reply& reply, const std::vector<Document>& items,
                  bool all);
  void said_upload(UploadModel& upload, const Document& shown, const Reply& reply, bool is_list);
  void said_file(const Request& request, const Reply& reply);
  void said_content(const FileModel& file, const Reply& reply);
  void refused_part(UploadModel& upload, const Request& request, const Reply& reply);
  void refused_file(const FileModel& file, const Request& request, const Reply& reply);
  void check_status(const Request& request, const Reply& reply);
  void check_refusal(const Request& request, const Reply& reply);
  void check_quota_refusal(const Request& request, const Reply& reply);
  void check_in_time(const UploadModel& upload, const Request& request, const Reply& reply);
  [[nodiscard]] bool may_be_ended(const UploadModel& upload) const;
  // The most that was billed at some moment since this step.
  [[nodiscard]] std::uint64_t billed_since(std::uint64_t step);
  void check_bill();
  // Each item with the page that shows it: time passes between two pages.
  struct Shown {
    Document item;
    const Reply& page;
  };
  using Walk = std::map<std::string, Shown>;
  void check_walk_of_uploads(const Walk& items, const Reply& first);
  void check_walk_of_files(const Walk& items, const Reply& first);
  // An upload, or a file, that a list or an answer shows for the first time.
  UploadModel& meet_upload(const Document& shown, const Reply& reply);
  FileModel* meet_file(const Document& shown, const Reply& reply);
  // The upload was in this state at some moment between the request and its answer.
  void learn_state(UploadModel& upload, const std::string& word, const Reply& reply);
  void learn_file(UploadModel& upload, const std::string& file, std::uint64_t bytes,
                  const Reply& reply);
  void end_by_request(UploadModel& upload, const Reply& reply);
  // A part was accepted: I3, in whatever order its answer and that of the end were written.
  void check_not_after_end(const UploadModel& upload, const std::string& part, const Reply& reply);
  [[nodiscard]] bool may_be_removed(const std::string& file) const;
  [[nodiscard]] std::optional<std::string> content_of(const UploadModel& upload,
                                                      const std::vector<std::string>& ids) const;
  // What the file may hold; more than one while it is not known which complete has won.
  [[nodiscard]] std::vector<std::string> possible_contents(const FileModel& file) const;
  void check_durable(const BlobRef& blob, const std::string& what);
  void check_part_is_durable(const UploadModel& upload, const std::string& part);
  void check_file_is_durable(const std::string& file);
  [[nodiscard]] std::string read_durable(const Manifest& manifest);
  [[nodiscard]] bool is_referred_to(const std::string& path);
  void check_rows();
  void check_row(const Upload& row);
  void check_garbage();
  void check_usage();

  Engine& engine_;
  Disk& disk_;
  Trace& trace_;
  std::optional<Violation> violation_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> bills_;  // After each commit: step, bytes.
  std::int64_t latest_seconds_ = 0;                 // That the clock that decides ever showed.
  std::map<std::string, std::string> by_key_;       // Idempotency-Key to upload.
  std::map<std::string, int> names_tried_;          // Filenames of uploads, how often.
  std::map<std::string, std::string> files_tried_;  // Filenames of posted files, their content.
  std::map<std::string, bool> keyed_;               // Filenames of creates with a key.
  std::map<std::string, std::vector<std::string>> planned_;  // Filename to pieces.
};

}  // namespace partwise::sim
