#include "load/outgoing.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "base/clock.hpp"

namespace partwise::load {

namespace {

constexpr std::string_view kBoundary = "----partwise-load-7d1f0c5b9a3e4826";
constexpr std::string_view kFormType =
    "multipart/form-data; boundary=----partwise-load-7d1f0c5b9a3e4826";
constexpr std::string_view kFormEnd = "\r\n------partwise-load-7d1f0c5b9a3e4826--\r\n";

void append_header(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

bool wants_length(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

// Renders a body: what comes before the payload into `before`, the rest into `out`. Returns its
// type.
class BodyRenderer {
 public:
  BodyRenderer(const Variables& variables, std::string& before, Outgoing& out)
      : variables_(variables), before_(before), out_(out) {}

  Result<std::string_view> operator()(const std::monostate& /*none*/) const {
    return std::string_view{};
  }

  Result<std::string_view> operator()(const RawBody& body) const {
    out_.payload = body.payload;
    return std::string_view(body.content_type);
  }

  Result<std::string_view> operator()(const TextBody& body) const {
    CHECK(body.text.append_to(before_, variables_));
    return std::string_view(body.content_type);
  }

  Result<std::string_view> operator()(const MultipartBody& body) const {
    auto end = std::back_inserter(before_);
    for (const auto& [name, value] : body.texts) {
      fmt::format_to(end, "--{}\r\ncontent-disposition: form-data; name=\"{}\"\r\n\r\n", kBoundary,
                     name);
      CHECK(value.append_to(before_, variables_));
      before_ += "\r\n";
    }
    fmt::format_to(end, "--{}\r\ncontent-disposition: form-data; name=\"{}\"; filename=\"",
                   kBoundary, body.field);
    CHECK(body.filename.append_to(before_, variables_));
    before_ += "\"\r\ncontent-type: application/octet-stream\r\n\r\n";
    out_.payload = body.payload;
    out_.after = kFormEnd;
    return kFormType;
  }

 private:
  const Variables& variables_;
  std::string& before_;
  Outgoing& out_;
};

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

Result<> RequestRenderer::render(const Step& step, const Variables& variables, Outgoing& out) {
  body_.clear();
  target_.clear();
  out.before.clear();
  out.after.clear();
  out.payload = {};
  TRY(const auto type, std::visit(BodyRenderer(variables, body_, out), step.body));
  CHECK(step.path.append_to(target_, variables));
  std::string& head = out.before;
  head.append(step.method).append(" ").append(target_).append(" HTTP/1.1\r\n");
  append_header(head, "host", host_);
  for (const auto& [name, value] : step.headers) {
    head.append(name).append(": ");
    CHECK(value.append_to(head, variables));
    head += "\r\n";
  }
  if (!type.empty()) append_header(head, "content-type", type);
  const std::uint64_t length = body_.size() + out.payload.bytes + out.after.size();
  if (length > 0 || wants_length(step.method)) {
    append_header(head, "content-length", std::to_string(length));
  }
  if (step.random_ranges) append_random_range(head, *step.random_ranges);
  if (step.sign) append_signature(head, *step.sign, step.method, target_, host_);
  head.append("\r\n").append(body_);
  return {};
}

void RequestRenderer::append_random_range(std::string& head, const RandomRanges& ranges) {
  std::uniform_int_distribution<std::uint64_t> place(0, ranges.file_bytes / ranges.bytes - 1);
  const std::uint64_t first = place(random_) * ranges.bytes;
  append_header(head, "range", fmt::format("bytes={}-{}", first, first + ranges.bytes - 1));
}

}  // namespace partwise::load
