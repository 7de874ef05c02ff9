#pragma once

// A whole server without its network: services over gated and faulty stores, a clock and timers
// that tests move, and requests as the API makes them. One World serves many uploads, one after the
// other.

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend.hpp"
#include "base/worker_pool.hpp"
#include "core/clock_guard.hpp"
#include "core/file_service.hpp"
#include "core/reaper.hpp"
#include "core/sweeper.hpp"
#include "core/upload_service.hpp"
#include "support/faulty_stores.hpp"
#include "support/gated_stores.hpp"
#include "support/held_content.hpp"
#include "support/held_endings.hpp"
#include "support/manual_clock.hpp"
#include "support/manual_timers.hpp"
#include "support/running.hpp"
#include "support/seeded_random.hpp"

namespace partwise::test {

using namespace std::chrono_literals;

// What a client hears.
struct Answer {
  std::string verb;
  std::optional<Error> error;    // Nothing: success.
  std::optional<Upload> upload;  // Of a success that shows one.
  std::optional<Part> part;
  std::optional<StoredFile> file;
  std::string content;  // Of a download.
  bool lost = false;    // The connection was ended before the answer was written.

  [[nodiscard]] bool ok() const { return !error && !lost; }
  // The error, or where there was none one that no verb gives.
  [[nodiscard]] Error failure() const { return error.value_or(Error{.message = "It succeeded."}); }
};

using Request = Running<Answer>;

class World {
 public:
  explicit World(const BackendKind& kind_of_stores, CoreLimits limits = {});
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Another run of the server on the same stores. No request is under way.
  void restart();
  void add_neighbour() { neighbour = std::make_unique<Server>(*this); }
  // From here on requests are made to the neighbour. None is between two calls of its services.
  void change_node() { std::swap(server, neighbour); }

  // Runs a Task to its end; timers go off when nothing else can happen.
  template <class T>
  T run(Task<T> task) {
    Running<T> running(loop, std::move(task));
    finish(running);
    return running.take();
  }
  template <class T>
  const T& finish(const Running<T>& running) {
    step_until(loop, [&] {
      if (!running.done() && timers.pending() > 0) timers.fire();
      return running.done();
    });
    return running.value();
  }

  // Requests, started and under way.
  [[nodiscard]] Request start_part(const Upload& upload, HeldPartContent& content);
  [[nodiscard]] Request start_part(const Upload& upload, std::string content);
  [[nodiscard]] Request start_complete(const Upload& upload, std::vector<std::string> part_ids,
                                       std::optional<Md5Digest> md5 = {});
  [[nodiscard]] Request start_cancel(const Upload& upload);
  [[nodiscard]] Request start_get(const Upload& upload);
  [[nodiscard]] Request start_list_parts(const Upload& upload);
  // A pass of the sweeper.
  [[nodiscard]] Request start_sweep();
  // A file that is posted whole.
  [[nodiscard]] Request start_file(HeldFile& file);
  [[nodiscard]] Request start_download(const OwnedFileId& file);
  // A delete, and then the reaper to its end.
  [[nodiscard]] Request start_delete(const OwnedFileId& file);

  // The same, to their ends.
  Upload create(std::uint64_t bytes, std::optional<std::chrono::seconds> file_ttl = {});
  Part add_part(const Upload& upload, const std::string& content);

  // Time passes until `upload` is overdue.
  void pass_deadline(const Upload& upload);
  // The reaper, until it has nothing more to do now.
  void reap();
  // The same, after the hold of everything that ended by time.
  void reap_held();

  // Behind the ports, whatever gates are closed.
  [[nodiscard]] Upload stored(const Upload& upload);
  [[nodiscard]] std::vector<Part> stored_parts(const Upload& upload);
  [[nodiscard]] std::vector<StoredFile> stored_files();
  [[nodiscard]] std::optional<std::string> content_of(const OwnedFileId& file);
  [[nodiscard]] std::uint64_t billed();
  // Every reference has its blob.
  void check_references();
  // The same, and every blob its reference, and the bill its bytes; nothing is staged or
  // registered. Only once every request has ended and the reaper has done all it can.
  void check_at_rest();

  static OwnedUploadId owned(const Upload& upload) { return {upload.project, upload.id}; }
  static OwnedFileId file_of(const Upload& completed);

  // Answers in the order in which they were written.
  std::vector<Answer> delivered;

  const BackendKind kind;
  boost::asio::io_context loop;
  ManualClock clock;
  ManualTimers timers;
  SeededRandom random;
  NullLog log;
  InlineWorkerPool workers;
  CoreLimits limits;
  // Of the next `restart`.
  Md5Mode md5_mode = Md5Mode::on_complete;
  MakeContentCheck make_check = {};
  Gates gates;
  FaultPlan faults;
  std::unique_ptr<Backend> backend;
  FaultyUploadStore faulty_uploads;
  FaultyGarbageStore faulty_garbage;
  FaultyBlobStore faulty_blobs;
  GatedUploadStore uploads;
  GatedGarbageStore garbage;
  GatedBlobStore blobs;

  // One run of the server.
  struct Server {
    explicit Server(World& world);
    RunId run;
    StreamRegistry streams;
    HeldEndings endings;
    LeaseTable leases;
    ClockGuard guard;
    int reaper_wakes = 0;
    std::optional<Timestamp> due;
    ContentIntake intake;
    ContentChecker checker;
    UploadService uploads;
    FileService files;
    Reaper reaper;
    Sweeper sweeper;
  };
  std::unique_ptr<Server> server;
  // Another node on the same stores, for tests that want one: requests go to `server`.
  std::unique_ptr<Server> neighbour;

  const ProjectId project{"default"};

 private:
  class UnderWay;

  Task<Answer> part_request(OwnedUploadId id, HeldPartContent& content);
  Task<Answer> whole_part_request(OwnedUploadId id, std::string content);
  Task<Answer> complete_request(OwnedUploadId id, CompleteUploadRequest request);
  Task<Answer> cancel_request(OwnedUploadId id);
  Task<Answer> get_request(OwnedUploadId id);
  Task<Answer> list_parts_request(OwnedUploadId id);
  Task<Answer> sweep_request();
  Task<Answer> file_request(HeldFile& file);
  Task<Answer> download_request(OwnedFileId id);
  Task<Answer> delete_request(OwnedFileId id);
  Task<Result<std::string>> read(Manifest manifest, BlobStore& from);
  // Writes the answer, unless the connection was ended.
  Task<Answer> deliver(Answer answer, bool& aborted);

  [[nodiscard]] std::map<BlobKey, BlobRef> references();

  int under_way_ = 0;
  std::vector<OwnedUploadId> uploads_made_;
};

// Runs every test over every backend.
class Barrier : public testing::TestWithParam<BackendKind> {};

// The words of the refusal that every verb on an ended upload gives.
[[nodiscard]] std::string refusal(const Upload& ended);

}  // namespace partwise::test
