#include "store/s3/s3_answers.hpp"

#include <fmt/format.h>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>

#include "base/bytes.hpp"

namespace partwise::s3 {

namespace {

using boost::property_tree::ptree;

std::optional<ptree> parsed(std::string_view text) {
  std::istringstream in{std::string(text)};
  ptree tree;
  try {
    boost::property_tree::read_xml(in, tree);
  } catch (const boost::property_tree::xml_parser_error&) {
    return std::nullopt;
  }
  return tree;
}

std::string url_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::byte byte{};
    if (text[i] == '%' && from_hex(text.substr(i + 1, 2), {&byte, 1})) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::unexpected<Error> no_answer() {
  return fail(ErrorCode::internal, "The object store's answer is not what S3 answers.");
}

}  // namespace

std::string error_code_of(std::string_view text) {
  const auto tree = parsed(text);
  return tree ? tree->get("Error.Code", "") : "";
}

Result<ListedPage> parse_listed_page(std::string_view text) {
  const auto tree = parsed(text);
  const auto list = tree ? tree->get_child_optional("ListBucketResult") : boost::none;
  if (!list) return no_answer();
  ListedPage page;
  for (const auto& [tag, content] : *list) {
    if (tag == "CommonPrefixes") page.folders.push_back(url_decoded(content.get("Prefix", "")));
    if (tag != "Contents") continue;
    const auto name = content.get_optional<std::string>("Key");
    const auto bytes = content.get_optional<std::uint64_t>("Size");
    if (!name || !bytes) return no_answer();
    page.objects.push_back({.name = url_decoded(*name), .bytes = *bytes});
  }
  if (list->get("IsTruncated", "false") != "true") return page;
  page.next = list->get("NextContinuationToken", "");
  if (page.next->empty()) return no_answer();
  return page;
}

std::string removal_text(std::span<const std::string> names) {
  std::string text = "<Delete><Quiet>true</Quiet>";
  for (const std::string& name : names) {
    text += fmt::format("<Object><Key>{}</Key></Object>", name);
  }
  return text + "</Delete>";
}

Result<std::string> first_failed_removal(std::string_view text) {
  const auto tree = parsed(text);
  const auto result = tree ? tree->get_child_optional("DeleteResult") : boost::none;
  if (!result) return no_answer();
  for (const auto& [tag, content] : *result) {
    if (tag != "Error") continue;
    const auto code = content.get("Code", "no code");
    if (code != "NoSuchKey") return code;
  }
  return std::string();
}

}  // namespace partwise::s3
