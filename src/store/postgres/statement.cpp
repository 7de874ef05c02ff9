#include "store/postgres/statement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

namespace partwise::postgres {

std::vector<const char*> Params::values() const {
  std::vector<const char*> values;
  values.reserve(values_.size());
  for (const auto& value : values_) values.push_back(value ? value->data() : nullptr);
  return values;
}

std::vector<int> Params::lengths() const {
  std::vector<int> lengths;
  lengths.reserve(values_.size());
  for (const auto& value : values_) {
    lengths.push_back(value ? static_cast<int>(value->size()) : 0);
  }
  return lengths;
}

std::vector<int> Params::formats() const {
  std::vector<int> formats;
  formats.reserve(types_.size());
  for (const Oid type : types_) formats.push_back(type == kBigintArray ? 0 : 1);
  return formats;
}

std::string Params::big_endian(std::uint64_t value) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

void Params::add(const std::vector<std::uint64_t>& values) {
  put(kBigintArray, fmt::format("{{{}}}", fmt::join(values, ",")));
}

std::uint64_t Rows::written() const {
  if (!result_) return 0;
  const std::string_view count = pq_->cmdTuples(result_.get());
  std::uint64_t written = 0;
  (void)std::from_chars(count.data(), count.data() + count.size(), written);  // Empty: none.
  return written;
}

std::int64_t Rows::integer(int column) const {
  std::uint64_t value = 0;
  for (const char byte : text(column)) value = value << 8U | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(value);
}

std::string_view Rows::text(int column) const {
  return {pq_->getvalue(result_.get(), row_, column),
          static_cast<std::size_t>(pq_->getlength(result_.get(), row_, column))};
}

}  // namespace partwise::postgres
