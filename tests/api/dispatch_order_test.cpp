// The order of steps inside one request, which no client can see: when it stands in the registry,
// and when its body is asked for.

#include <gtest/gtest.h>

#include <functional>

#include "api/dispatcher.hpp"
#include "api/harness.hpp"
#include "barrier/backend.hpp"
#include "support/fake_exchange.hpp"
#include "support/faulty_stores.hpp"
#include "support/gated_live.hpp"
#include "support/gated_stores.hpp"
#include "support/held_content.hpp"
#include "support/run_task.hpp"
#include "support/running.hpp"

namespace partwise::test {
namespace {

class LineLog final : public Log {
 public:
  void write(LogLevel, std::string_view message) override { lines.emplace_back(message); }
  std::vector<std::string> lines;
};

// A body that never comes, because somebody ends the upload while it is awaited.
class UploadIsEndedMeanwhile final : public ByteSource {
 public:
  UploadIsEndedMeanwhile(StreamRegistry& streams, UploadId upload)
      : streams_(streams), upload_(std::move(upload)) {}
  Result<Bytes> pull_now() override { return fail(ErrorCode::would_block, "Nothing yet."); }
  Task<Result<>> wait() override {
    streams_.cut(upload_, "The upload has ended.", nullptr, [] {});
    co_return fail(ErrorCode::cut, "Interrupted.");
  }

 private:
  StreamRegistry& streams_;
  const UploadId upload_;
};

class DispatchOrder : public testing::Test {
 protected:
  DispatchOrder() {
    EXPECT_TRUE(run_task(authenticator_.refresh()).has_value());
    CreateUploadRequest request;
    request.bytes = 5;
    request.filename = "a";
    upload_ = run_task(uploads_.create({"default"}, request)).value().id;
  }

  UploadServiceParts upload_parts() {
    return {.uploads = gated_uploads_,
            .intake = intake_,
            .checker = checker_,
            .blobs = backend_->blobs(),
            .streams = streams_,
            .endings = endings_,
            .clock = clock_,
            .random = random_,
            .log = log_,
            .workers = workers_,
            .call_after = [](std::chrono::milliseconds, std::move_only_function<void()>) {},
            .wake_reaper = [] {},
            .due_at = [](Timestamp) {},
            .limits = {}};
  }

  http::RequestHead head(std::string method, std::string path) {
    http::RequestHead head;
    head.method = std::move(method);
    head.target = head.path = std::move(path);
    head.headers = {{"Authorization", "Bearer " + key_},
                    {"Content-Type", "multipart/form-data; boundary=B"}};
    head.framing = http::Framing::chunked;
    return head;
  }
  http::RequestHead part_head() { return head("POST", "/v1/uploads/" + upload_.text + "/parts"); }
  http::Response answer(FakeExchange& exchange) { return run_task(dispatcher_.answer(exchange)); }
  // How many requests stand in the registry while `exchange` is at its first `gate`.
  std::size_t streams_at(const std::string& gate, FakeExchange& exchange) {
    gates_.restart();
    gates_.hold({gate, 1});
    boost::asio::io_context loop;
    const Running<http::Response> running(loop, dispatcher_.answer(exchange));
    step_until(loop, [this] { return gates_.is_holding(); });
    const std::size_t streams = streams_.streams_of(upload_);
    gates_.open();
    step_until(loop, [&running] { return running.done(); });
    return streams;
  }
  OwnedFileId post_file() {
    HeldFile posted({.filename = "a", .purpose = Purpose::user_data, .expires_after = {}}, "abc");
    auto file = run_task(files_.create({"default"}, posted, posted, kNoQuota)).value();
    return {.project = {"default"}, .id = std::move(file.id)};
  }
  BlobKey blob_of(const OwnedFileId& file) {
    return run_task(backend_->uploads().find_file(file)).value().manifest.front().key;
  }
  // Of a download, where `meanwhile` happens once its file was found.
  int status_of_content(const OwnedFileId& file, const std::function<void()>& meanwhile) {
    FakeExchange exchange(head("GET", "/v1/files/" + file.id.text + "/content"));
    gates_.restart();
    gates_.hold({"uploads.find_file.after", 1});
    boost::asio::io_context loop;
    Running<http::Response> running(loop, dispatcher_.answer(exchange));
    step_until(loop, [this] { return gates_.is_holding(); });
    meanwhile();
    gates_.open();
    step_until(loop, [&running] { return running.done(); });
    return running.value().status;
  }
  // The key of these requests gets the role admin.
  void make_admin() {
    NewKey key{.id = KeyId::generate(random_),
               .project = {"default"},
               .name = {},
               .role = Role::admin,
               .digest = sha256(as_bytes("k-admin"))};
    EXPECT_TRUE(run_task(backend_->accounts().create_key(std::move(key))));
    EXPECT_TRUE(run_task(authenticator_.refresh()));
    key_ = "k-admin";
  }
  void cancel() { EXPECT_TRUE(run_task(uploads_.cancel({{"default"}, upload_})).has_value()); }

  ManualClock clock_;
  SystemRandom random_;
  LineLog log_;
  InlineWorkerPool workers_;
  const std::unique_ptr<Backend> backend_ = all_backends().front().make(clock_, CoreLimits{});
  Gates gates_;
  FaultPlan faults_;
  FaultyUploadStore faulty_uploads_{backend_->uploads(), faults_};
  GatedUploadStore gated_uploads_{faulty_uploads_, gates_};
  StreamRegistry streams_;
  NoOtherNodes endings_;
  LeaseTable leases_;
  ContentIntake intake_{{.garbage = backend_->garbage(),
                         .blobs = backend_->blobs(),
                         .log = log_,
                         .wake_reaper = [] {},
                         .run = RunId::generate(random_),
                         .clock = clock_}};
  ContentChecker checker_{backend_->blobs(), workers_, {}};
  UploadService uploads_{upload_parts()};
  FileService files_{{.uploads = gated_uploads_,
                      .intake = intake_,
                      .checker = checker_,
                      .leases = leases_,
                      .random = random_,
                      .wake_reaper = [] {},
                      .due_at = [](Timestamp) {},
                      .limits = {}}};
  Authenticator authenticator_{backend_->accounts(), clock_, "k"};
  AccountService accounts_{backend_->accounts(), authenticator_, random_};
  GatedLiveBlobs live_blobs_{backend_->live_blobs(), gates_};
  OnlineChecker online_checker_{backend_->catalog(), live_blobs_};
  RateLimiter rate_limiter_{0, clock_};
  RequestSlots slots_{0};
  Result<> readiness_;
  api::Dispatcher dispatcher_{{.uploads = uploads_,
                               .files = files_,
                               .blobs = backend_->blobs(),
                               .streams = streams_,
                               .accounts = accounts_,
                               .online_checker = online_checker_,
                               .limits = {},
                               .readiness = [this] { return readiness_; }},
                              {authenticator_, rate_limiter_, slots_},
                              clock_,
                              log_};
  UploadId upload_;
  std::string key_ = "k";
};

TEST_F(DispatchOrder, APartLeavesTheRegistryWhenItsAnswerHasBeenWritten) {
  FakeExchange exchange(part_head());
  exchange.content.piece(form_of("hello"));
  {
    const auto response = answer(exchange);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(streams_.streams_of(upload_), 1U);
    streams_.abort_claimed(
        upload_);  // What a cancel does to an answer that is not written in time.
    EXPECT_EQ(exchange.link.aborts, 1);
  }
  EXPECT_EQ(streams_.streams_of(upload_), 0U);
}

// In the other order a cancel slips in between and cuts nothing.
TEST_F(DispatchOrder, APartIsInTheRegistryBeforeItsUploadIsLookedAt) {
  FakeExchange exchange(part_head());
  exchange.content.piece(form_of("hello"));
  EXPECT_EQ(streams_at("uploads.find_upload.before", exchange), 1U);
}

TEST_F(DispatchOrder, ACompleteIsInTheRegistryWhileItIsDecided) {
  FakeExchange exchange(head("POST", "/v1/uploads/" + upload_.text + "/complete"));
  exchange.text = part_ids_json({});
  EXPECT_EQ(streams_at("uploads.complete_upload.before", exchange), 1U);
  EXPECT_EQ(streams_.size(), 0U);
}

TEST_F(DispatchOrder, ARefusedPartIsNotInTheRegistry) {
  FakeExchange exchange(part_head());
  exchange.content.piece(form_of("too long"));
  const auto response = answer(exchange);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(streams_.size(), 0U);
}

TEST_F(DispatchOrder, ABodyThatIsRefusedByItsHeadIsNeverAskedFor) {
  std::vector<http::RequestHead> heads(5, part_head());
  heads[0].headers.erase(heads[0].headers.begin());
  heads[1].path = "/v1/uploads/upload_00000000000000000000000000000000/parts";
  heads[2].headers[1].value = "application/json";
  heads[3].framing = http::Framing::length;
  heads[3].content_length = 70'000'000;
  heads[4] = head("POST", "/v1/uploads");
  heads[4].framing = http::Framing::length;
  heads[4].content_length = 70'000'000;
  for (const auto& [status, index] : {std::pair{401, 0U}, std::pair{404, 1U}, std::pair{400, 2U},
                                      std::pair{413, 3U}, std::pair{413, 4U}}) {
    FakeExchange exchange(heads[index]);
    EXPECT_EQ(answer(exchange).status, status);
    EXPECT_EQ(exchange.body_requests, 0) << status;
  }
  cancel();
  FakeExchange exchange(part_head());
  EXPECT_EQ(answer(exchange).status, 400);
  EXPECT_EQ(exchange.body_requests, 0);
}

TEST_F(DispatchOrder, AnInterruptedPartAnswersTheReasonOfTheCut) {
  FakeExchange exchange(part_head());
  UploadIsEndedMeanwhile source(streams_, upload_);
  exchange.source = &source;
  const auto response = answer(exchange);
  EXPECT_EQ(exchange.link.interrupts, 1);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(Json(response.text).text("error.message"), "The upload has ended.");
}

TEST_F(DispatchOrder, FaultsOfTheServerGoToTheLogAndNotToTheClient) {
  readiness_ = fail(ErrorCode::io_failure, "disk 7 is on fire");
  FakeExchange exchange(head("GET", "/readyz"));
  const auto response = answer(exchange);
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.text.find("fire"), std::string::npos);
  EXPECT_EQ(log_.lines, std::vector<std::string>{"req_test failed: disk 7 is on fire"});
}

// On a store that many nodes share nobody waits for the downloads of another.
TEST_F(DispatchOrder, ContentThatIsDeletedAndRemovedMeanwhileIsNotFound) {
  const OwnedFileId file = post_file();
  const BlobKey key = blob_of(file);
  const int status = status_of_content(file, [&] {
    EXPECT_TRUE(run_task(backend_->uploads().delete_file(file)));
    EXPECT_TRUE(run_task(backend_->blobs().remove({key})));
  });
  EXPECT_EQ(status, 404);
}

TEST_F(DispatchOrder, ContentOfALivingFileThatIsMissingIsAnErrorWhateverElseFails) {
  const OwnedFileId file = post_file();
  EXPECT_TRUE(run_task(backend_->blobs().remove({blob_of(file)})));
  EXPECT_EQ(status_of_content(file, [] {}), 500);
  const auto fail_next_look = [this] {
    faults_.arm_unavailable("uploads.find_file", Fault::undone);
  };
  EXPECT_EQ(status_of_content(file, fail_next_look), 500);
  EXPECT_TRUE(faults_.is_spent());
}

TEST_F(DispatchOrder, ASecondCheckBesideOneThatRunsIsAConflict) {
  make_admin();
  FakeExchange first(head("POST", "/v1/fsck"));
  FakeExchange second(head("POST", "/v1/fsck"));
  gates_.restart();
  gates_.hold({"check.list.before", 1});
  boost::asio::io_context loop;
  const Running<http::Response> running(loop, dispatcher_.answer(first));
  step_until(loop, [this] { return gates_.is_holding(); });
  const auto refused = answer(second);
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(Json(refused.text).text("error.message"),
            "A check is under way already. Wait for its end.");
  gates_.open();
  step_until(loop, [&running] { return running.done(); });
  EXPECT_EQ(running.value().status, 200);
  EXPECT_EQ(answer(second).status, 200);
}

TEST_F(DispatchOrder, ACheckEndsWhereItsClientGoesAway) {
  make_admin();
  FakeExchange exchange(head("POST", "/v1/fsck"));
  gates_.restart();
  gates_.hold({"check.list.before", 1});
  boost::asio::io_context loop;
  const Running<http::Response> running(loop, dispatcher_.answer(exchange));
  step_until(loop, [this] { return gates_.is_holding(); });
  exchange.link.has_ended = true;
  gates_.open();
  step_until(loop, [&running] { return running.done(); });
  EXPECT_TRUE(running.value().close);
  EXPECT_EQ(gates_.trace().size(), 2U) << "only what was under way was done";
}

TEST_F(DispatchOrder, ACheckIsAnsweredUnavailableOnceTheServerStops) {
  make_admin();
  online_checker_.stop();
  FakeExchange exchange(head("POST", "/v1/fsck"));
  EXPECT_EQ(answer(exchange).status, 503);
}

TEST_F(DispatchOrder, TheLogLearnsWhoAsked) {
  FakeExchange exchange(head("GET", "/v1/uploads"));
  EXPECT_EQ(answer(exchange).status, 200);
  EXPECT_EQ(exchange.project, "default");
}

}  // namespace
}  // namespace partwise::test
