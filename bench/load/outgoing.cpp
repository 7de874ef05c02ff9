#include "load/outgoing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/clock.hpp"

namespace partwise::load {

namespace {

constexpr std::string_view kBoundary = "----partwise-load-7d1f0c5b9a3e4826";

// A body, and what its headers say of it.
struct Content {
  Outgoing parts;
  std::string type;
  bool is_there = true;
};

class ContentOf {
 public:
  explicit ContentOf(const Variables& variables) : variables_(&variables) {}

  Result<Content> operator()(const std::monostate& /*none*/) const {
    return Content{.parts = {}, .type = {}, .is_there = false};
  }

  Result<Content> operator()(const RawBody& body) const {
    return Content{.parts = {.before = {}, .payload = body.payload, .after = {}},
                   .type = body.content_type};
  }

  Result<Content> operator()(const TextBody& body) const {
    Content content{.parts = {}, .type = body.content_type};
    CHECK(body.text.append_to(content.parts.before, *variables_));
    return content;
  }

  Result<Content> operator()(const MultipartBody& body) const {
    Content content{.parts = {.before = {}, .payload = body.payload, .after = {}},
                    .type = fmt::format("multipart/form-data; boundary={}", kBoundary)};
    std::string& before = content.parts.before;
    for (const auto& [name, value] : body.texts) {
      before += fmt::format("--{}\r\ncontent-disposition: form-data; name=\"{}\"\r\n\r\n",
                            kBoundary, name);
      CHECK(value.append_to(before, *variables_));
      before += "\r\n";
    }
    TRY(const auto filename, body.filename.render(*variables_));
    before += fmt::format(
        "--{}\r\ncontent-disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n"
        "content-type: application/octet-stream\r\n\r\n",
        kBoundary, body.field, filename);
    content.parts.after = fmt::format("\r\n--{}--\r\n", kBoundary);
    return content;
  }

 private:
  const Variables* variables_;
};

void append_header(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

bool wants_length(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

void append_signature(std::string& head, const Sigv4Credentials& credentials,
                      std::string_view method, std::string_view target, const std::string& host) {
  const std::string time = sigv4_time(SystemClock().now());
  const std::vector<SignedHeader> headers{{"host", host},
                                          {"x-amz-content-sha256", std::string(kUnsignedPayload)},
                                          {"x-amz-date", time}};
  for (const auto& [name, value] : headers) {
    if (name != "host") append_header(head, name, value);
  }
  append_header(head, "authorization",
                sigv4_authorization(credentials, method, target, headers, kUnsignedPayload, time));
}

}  // namespace

RequestRenderer::RequestRenderer(const Plan& plan, std::uint64_t seed)
    : host_(fmt::format("{}:{}", plan.host, plan.port)), random_(seed) {}

Result<Outgoing> RequestRenderer::render(const Step& step, const Variables& variables) {
  TRY(Content content, std::visit(ContentOf(variables), step.body));
  TRY(const auto target, step.path.render(variables));
  std::string head = fmt::format("{} {} HTTP/1.1\r\n", step.method, target);
  append_header(head, "host", host_);
  for (const auto& [name, value] : step.headers) {
    head.append(name).append(": ");
    CHECK(value.append_to(head, variables));
    head += "\r\n";
  }
  if (!content.type.empty()) append_header(head, "content-type", content.type);
  if (content.is_there || wants_length(step.method)) {
    append_header(head, "content-length", std::to_string(content.parts.bytes()));
  }
  if (step.random_ranges) append_header(head, "range", random_range(*step.random_ranges));
  if (step.sign) append_signature(head, *step.sign, step.method, target, host_);
  head += "\r\n";
  content.parts.before.insert(0, head);
  return std::move(content.parts);
}

std::string RequestRenderer::random_range(const RandomRanges& ranges) {
  std::uniform_int_distribution<std::uint64_t> place(0, ranges.file_bytes / ranges.bytes - 1);
  const std::uint64_t first = place(random_) * ranges.bytes;
  return fmt::format("bytes={}-{}", first, first + ranges.bytes - 1);
}

}  // namespace partwise::load
