#include "api/harness.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdlib>
#include <future>
#include <stdexcept>
#include <thread>

#include "api/dispatcher.hpp"
#include "barrier/backend.hpp"
#include "base/thread_pool.hpp"
#include "http/listener.hpp"
#include "store/memory/blob_store.hpp"

namespace partwise::test {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kFormType = "multipart/form-data; boundary=B";
constexpr auto kPatience = std::chrono::seconds(20);

CallAfter call_after_on(asio::io_context& loop) {
  return [&loop](std::chrono::milliseconds after, std::move_only_function<void()> call) {
    auto timer = std::make_shared<asio::steady_timer>(loop, after);
    timer->async_wait(
        [timer, call = std::move(call)](const boost::system::error_code& error) mutable {
          if (!error) call();
        });
  };
}

// The kind of stores that the environment asks for; memory if it does not.
BackendKind chosen_backend() {
  const char* asked = std::getenv("PARTWISE_TEST_STORES");
  const std::string_view name = asked == nullptr ? "Memory" : asked;
  for (const BackendKind& kind : all_backends()) {
    if (name == kind.name) return kind;
  }
  throw std::runtime_error("PARTWISE_TEST_STORES names no kind of stores");
}

}  // namespace

struct ApiHarness::Server {
  explicit Server(ApiHarnessOptions asked)
      : options(std::move(asked)),
        backend(chosen_backend().make(clock, options.core)),
        intake({.garbage = backend->garbage(),
                .blobs = backend->blobs(),
                .log = log,
                .wake_reaper = [] {},
                .run = RunId::generate(random),
                .clock = clock}),
        checker(backend->blobs(), workers, options.make_check),
        uploads(upload_parts()),
        files({.uploads = backend->uploads(),
               .intake = intake,
               .checker = checker,
               .leases = leases,
               .random = random,
               .wake_reaper = [] {},
               .due_at = [](Timestamp) {},
               .limits = options.core,
               .download_policy = options.download_policy}),
        authenticator(backend->accounts(), clock, kKey),
        accounts(backend->accounts(), authenticator, random),
        online_checker(backend->catalog(), backend->live_blobs()),
        rate_limiter(options.requests_per_minute, clock),
        slots(options.requests_per_key_max),
        dispatcher({.uploads = uploads,
                    .files = files,
                    .blobs = backend->blobs(),
                    .streams = streams,
                    .accounts = accounts,
                    .online_checker = online_checker,
                    .limits = options.api,
                    .readiness = [this] { return readiness(); },
                    .metrics = [] { return figures(); }},
                   {.authenticator = authenticator, .rate_limiter = rate_limiter, .slots = slots},
                   clock, log),
        handler(api::with_cors(options.cors, dispatcher.handler())),
        listener(loop, {.handler = handler,
                        .render_error = error_renderer,
                        .workers = workers,
                        .buffers = buffers,
                        .clock = system_clock,
                        .random = random,
                        .log = log,
                        .limits = options.http}) {}

  UploadServiceParts upload_parts() {
    return {.uploads = backend->uploads(),
            .intake = intake,
            .checker = checker,
            .blobs = backend->blobs(),
            .streams = streams,
            .endings = endings,
            .clock = clock,
            .random = random,
            .log = log,
            .workers = workers,
            .call_after = call_after_on(loop),
            .wake_reaper = [] {},
            .due_at = [](Timestamp) {},
            .limits = options.core};
  }

  Result<> readiness() const {
    if (not_ready.empty()) return {};
    return fail(ErrorCode::unavailable, not_ready);
  }

  static Task<std::string> figures() { co_return "partwise_ready 1\n"; }

  Task<Result<>> add_key(std::string_view text, std::string project, Role role) {
    NewKey key{.id = KeyId::generate(random),
               .project = {std::move(project)},
               .name = {},
               .role = role,
               .digest = sha256(as_bytes(text))};
    CO_CHECK(co_await backend->accounts().create_key(std::move(key)));
    co_return Result<>{};
  }

  Task<Result<>> add_keys() {
    CO_CHECK(co_await add_key(kOtherKey, "other", Role::user));
    CO_CHECK(co_await add_key(kServiceKey, "default", Role::service));
    CO_CHECK(co_await add_key(kAdminKey, "operations", Role::admin));
    co_return co_await authenticator.refresh();
  }

  Task<Result<>> set_quotas(ProjectId project, Quotas quotas) {
    auto set = co_await backend->accounts().set_quotas(project, quotas);
    if (!set) set = co_await backend->accounts().create_project(project, quotas);
    CO_CHECK(set);
    co_return Result<>{};
  }

  // Runs `call` on the loop and waits for its value.
  template <class Work>
  auto on_loop(Work call) {
    std::packaged_task<std::invoke_result_t<Work&>()> task(std::move(call));
    auto value = task.get_future();
    asio::post(loop, [&task] { task(); });
    return value.get();
  }

  // Runs `task` on the loop and waits for its end. An error fails the test.
  void run(Task<Result<>> task) {
    std::promise<Result<>> ended;
    asio::co_spawn(loop, std::move(task), [&ended](std::exception_ptr, Result<> result) {
      ended.set_value(std::move(result));
    });
    if (auto result = ended.get_future().get(); !result) {
      throw std::runtime_error(result.error().message);
    }
  }

  Task<Result<>> lose_blobs(OwnedFileId id, std::size_t first) {
    CO_TRY(const auto content, co_await backend->uploads().find_file(std::move(id)));
    std::vector<BlobKey> keys;
    for (std::size_t i = first; i < content.manifest.size(); ++i) {
      keys.push_back(content.manifest[i].key);
    }
    co_return co_await backend->blobs().remove(std::move(keys));
  }

  void start() {
    auto opened = listener.open({.host = "127.0.0.1", .port = 0});
    if (!opened) throw std::runtime_error(opened.error().message);
    asio::co_spawn(loop, listener.run(), [](std::exception_ptr) {});
    const std::string address = listener.local_address();
    port = static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
    thread = std::jthread([this] { loop.run(); });
    run(add_keys());
  }

  void stop() {
    asio::post(loop, [this] {
      listener.drain();
      listener.abort_all();
      work.reset();
    });
    thread.join();
  }

  ApiHarnessOptions options;
  ManualClock clock;
  SystemClock system_clock;
  SystemRandom random;
  NullLog log;
  asio::io_context loop;
  asio::executor_work_guard<asio::io_context::executor_type> work{loop.get_executor()};
  ThreadPool workers{2};
  const std::unique_ptr<Backend> backend;
  StreamRegistry streams;
  NoOtherNodes endings;
  LeaseTable leases;
  ContentIntake intake;
  ContentChecker checker;
  UploadService uploads;
  FileService files;
  Authenticator authenticator;
  AccountService accounts;
  OnlineChecker online_checker;
  RateLimiter rate_limiter;
  RequestSlots slots;
  std::string not_ready;
  api::Dispatcher dispatcher;
  http::Handler handler;
  http::ErrorRenderer error_renderer =
      api::with_cors(options.cors, api::Dispatcher::error_renderer());
  http::BufferPool buffers{options.http};
  http::Listener listener;
  std::uint16_t port = 0;
  std::jthread thread;
};

ApiHarness::ApiHarness(ApiHarnessOptions options)
    : server_(std::make_unique<Server>(std::move(options))) {
  server_->start();
}

ApiHarness::~ApiHarness() { server_->stop(); }

std::uint16_t ApiHarness::port() const { return server_->port; }

ManualClock& ApiHarness::clock() { return server_->clock; }

HttpReply ApiHarness::send(HttpRequest request) const {
  bool has_key = false;
  for (const auto& [name, value] : request.headers) {
    has_key = has_key || name == "Authorization" || name == "api-key";
  }
  if (!has_key) request.with("Authorization", "Bearer " + std::string(kKey));
  HttpClient client(port());
  return client.exchange(request);
}

HttpReply ApiHarness::send_as(std::string_view key, HttpRequest request) const {
  request.with("Authorization", "Bearer " + std::string(key));
  return send(std::move(request));
}

HttpReply ApiHarness::get(const std::string& target) const { return send({.target = target}); }

HttpReply ApiHarness::post(const std::string& target, const std::string& body) const {
  return send({.method = "POST", .target = target, .body = body});
}

std::string ApiHarness::create_upload(std::uint64_t bytes, std::string_view purpose) const {
  const auto reply = post(
      "/v1/uploads", R"({"filename":"a.jsonl","mime_type":"text/jsonl","bytes":)" +
                         std::to_string(bytes) + R"(,"purpose":")" + std::string(purpose) + "\"}");
  return Json(reply.body).text("id");
}

std::string ApiHarness::add_part(const std::string& upload_id, std::string_view data) const {
  return Json(send(part_request(upload_id, form_of(data))).body).text("id");
}

std::string ApiHarness::create_file(std::string_view content) const {
  const std::string upload = create_upload(content.size());
  const std::string part = add_part(upload, content);
  return Json(post("/v1/uploads/" + upload + "/complete", part_ids_json({part})).body)
      .text("file.id");
}

std::string ApiHarness::post_file(std::string_view purpose, std::string_view content) const {
  const auto reply = send(
      file_request(form_field("purpose", purpose) + form_field("file", content) + "--B--\r\n"));
  return Json(reply.body).text("id");
}

void ApiHarness::await_streams(const std::string& upload_id, std::size_t count) const {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  const auto streams = [this, &upload_id] { return server_->streams.streams_of({upload_id}); };
  while (server_->on_loop(streams) != count) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("the streams never came");
    std::this_thread::yield();
  }
}

std::size_t ApiHarness::blob_count() const {
  return server_->on_loop([this] { return server_->backend->blob_count(); });
}

std::size_t ApiHarness::staged_count() const {
  // Files without a name cannot be counted: on disk this says nothing.
  const auto* memory = dynamic_cast<const MemoryBlobStore*>(&server_->backend->blobs());
  return server_->on_loop([memory] { return memory == nullptr ? 0 : memory->staged_count(); });
}

void ApiHarness::lose_blobs(const std::string& file_id, std::size_t first) {
  server_->run(server_->lose_blobs({.project = {"default"}, .id = {file_id}}, first));
}

void ApiHarness::set_quotas(const std::string& project, Quotas quotas) {
  server_->run(server_->set_quotas({project}, quotas));
}

void ApiHarness::set_not_ready(std::string reason) {
  server_->on_loop([&] { server_->not_ready = std::move(reason); });
}

std::string form_field(std::string_view name, std::string_view content) {
  return "--B\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" +
         std::string(content) + "\r\n";
}

std::string form_of(std::string_view data) { return form_field("data", data) + "--B--\r\n"; }

HttpRequest part_request(const std::string& upload_id, std::string body) {
  return {.method = "POST",
          .target = "/v1/uploads/" + upload_id + "/parts",
          .headers = {{"Content-Type", std::string(kFormType)}},
          .body = std::move(body)};
}

HttpRequest file_request(std::string body) {
  return {.method = "POST",
          .target = "/v1/files",
          .headers = {{"Content-Type", std::string(kFormType)}},
          .body = std::move(body)};
}

std::string part_ids_json(const std::vector<std::string>& part_ids) {
  std::string json = R"({"part_ids":[)";
  for (const std::string& id : part_ids) json += (json.back() == '[' ? "\"" : ",\"") + id + "\"";
  return json + "]}";
}

}  // namespace partwise::test
