#pragma once

// AWS Signature Version 4 in headers, for rivals that speak S3.
// Source: docs.aws.amazon.com, "Authenticating Requests: Using the Authorization Header".

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"

namespace partwise::load {

struct Sigv4Credentials {
  std::string access;
  std::string secret;
  std::string region;
  std::string service = "s3";
};

// What stands for the digest of a body that is not part of the signature.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// A header that is signed, with its name in lower case.
using SignedHeader = std::pair<std::string, std::string>;

// "20130524T000000Z".
[[nodiscard]] std::string sigv4_time(Timestamp now);

// The value of the header `authorization`. `target` is the path and query as they are sent, with
// what needs it percent-encoded; `time` is that of x-amz-date. `headers` are in the order of their
// names, and hold at least host, x-amz-content-sha256 and x-amz-date.
[[nodiscard]] std::string sigv4_authorization(const Sigv4Credentials& credentials,
                                              std::string_view method, std::string_view target,
                                              std::span<const SignedHeader> headers,
                                              std::string_view payload_sha256,
                                              std::string_view time);

}  // namespace partwise::load
