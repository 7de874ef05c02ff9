#include "server/setting_values.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

namespace partwise {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};

// Binary units first, largest first: size_text takes the first that divides.
constexpr std::array kUnits{
    Unit{"TiB", std::uint64_t{1} << 40U},
    Unit{"GiB", std::uint64_t{1} << 30U},
    Unit{"MiB", std::uint64_t{1} << 20U},
    Unit{"KiB", std::uint64_t{1} << 10U},
    Unit{"TB", 1'000'000'000'000U},
    Unit{"GB", 1'000'000'000U},
    Unit{"MB", 1'000'000U},
    Unit{"kB", 1'000U},
    Unit{"B", 1U},
};

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool equal_in_any_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// Whether `host` is an address of `family`, which is filled into `address`.
bool is_address(int family, const std::string& host, void* address) {
  return inet_pton(family, host.c_str(), address) == 1;
}

std::unexpected<Error> not_an_endpoint(std::string_view text) {
  return fail(
      ErrorCode::invalid_request,
      fmt::format("'{}' is not HOST:PORT, as 127.0.0.1:8080, [::1]:8080 or localhost:8080.", text));
}

Result<std::uint64_t> in_range(std::uint64_t value, Range range, std::string_view text,
                               std::string (*show)(std::uint64_t)) {
  if (value >= range.min && value <= range.max) return value;
  return fail(ErrorCode::invalid_request, fmt::format("'{}' is not between {} and {}.", text,
                                                      show(range.min), show(range.max)));
}

}  // namespace

bool Endpoint::is_loopback() const {
  if (host == "localhost") return true;
  in_addr v4{};
  if (is_address(AF_INET, host, &v4)) return (ntohl(v4.s_addr) >> 24U) == 127;
  in6_addr v6{};
  return is_address(AF_INET6, host, &v6) && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string Endpoint::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return not_an_endpoint(text);
  const auto port = whole_number<std::uint16_t>(text.substr(colon + 1));
  std::string host(text.substr(0, colon));
  if (!port) return not_an_endpoint(text);

  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  in6_addr address{};
  const bool known = bracketed ? is_address(AF_INET6, host, &address)
                               : host == "localhost" || is_address(AF_INET, host, &address);
  if (!known) return not_an_endpoint(text);
  return Endpoint{.host = std::move(host), .port = *port};
}

Result<std::uint64_t> parse_count(std::string_view text, Range range) {
  const auto value = whole_number<std::uint64_t>(text);
  if (!value) {
    return fail(ErrorCode::invalid_request, fmt::format("'{}' is not a whole number.", text));
  }
  return in_range(*value, range, text, [](std::uint64_t n) { return fmt::format("{}", n); });
}

Result<std::uint64_t> parse_size(std::string_view text, Range range) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  auto unit = text.substr(digits);
  unit.remove_prefix(std::min(unit.find_first_not_of(' '), unit.size()));
  const auto number = whole_number<std::uint64_t>(text.substr(0, digits));
  const auto* known = std::ranges::find_if(
      kUnits, [unit](const Unit& candidate) { return equal_in_any_case(unit, candidate.name); });
  if (!number || (known == kUnits.end() && !unit.empty())) {
    return fail(ErrorCode::invalid_request,
                fmt::format("'{}' is not a size, as 64MiB or 67108864.", text));
  }
  const std::uint64_t scale = unit.empty() ? 1 : known->bytes;
  // What does not fit into 64 bits is above every range, and is said to be.
  const std::uint64_t bytes = *number > UINT64_MAX / scale ? UINT64_MAX : *number * scale;
  return in_range(bytes, range, text, size_text);
}

std::string size_text(std::uint64_t bytes) {
  for (const Unit& unit : kUnits) {
    if (bytes >= unit.bytes && bytes % unit.bytes == 0 && unit.bytes > 1) {
      return fmt::format("{}{}", bytes / unit.bytes, unit.name);
    }
  }
  return fmt::format("{}", bytes);
}

}  // namespace partwise
