#include "core/account_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace partwise {

namespace {
constexpr std::size_t kKeyNameBytesMax = 100;
// As long as anybody may plan, and short enough that no sum of times overflows.
constexpr std::chrono::seconds kKeyTtlMax{std::int64_t{100} * 365 * 24 * 3600};

Error unknown_project_of_key(const ProjectId& id) {
  return {ErrorCode::invalid_request,
          fmt::format("There is no project '{}'. Make it with `partwise projects create`, or name "
                      "another - 'project'",
                      id.text),
          "project"};
}
}  // namespace

Task<Result<std::vector<Usage>>> AccountService::usage(Identity who,
                                                       std::optional<std::string> asked) {
  const bool is_admin = who.role == Role::admin;
  if (asked && !is_admin && *asked != who.project.text) {
    co_return fail(ErrorCode::forbidden,
                   "Only an API key with the role admin may see the usage of another project.",
                   "project");
  }
  std::optional<ProjectId> project;
  if (!is_admin) project = who.project;
  if (asked) {
    project = ProjectId::parse(*asked);
    if (!project) co_return fail(no_such_project(*asked));
  }
  CO_TRY(auto usages, co_await accounts_.usage(project));
  if (usages.empty() && !is_admin) {  // Nothing has happened in it yet.
    usages.emplace_back().project.id = std::move(*project);
  }
  if (usages.empty() && asked) co_return fail(no_such_project(*asked));
  co_return usages;
}

Task<Result<std::vector<ApiKey>>> AccountService::list_keys() {
  co_return co_await accounts_.list_keys();
}

Task<Result<CreatedKey>> AccountService::create_key(CreateKeyRequest request) {
  CO_TRY(auto project, check_project_id(request.project));
  CO_CHECK(check_key_name(request.name));
  if (request.ttl && (*request.ttl < std::chrono::seconds{1} || *request.ttl > kKeyTtlMax)) {
    co_return fail(ErrorCode::invalid_request,
                   fmt::format("{} is not between 1 and {} - 'expires_in'", request.ttl->count(),
                               kKeyTtlMax.count()),
                   "expires_in");
  }
  // A typing error must not make a project. Nobody removes one, so that this look is good enough.
  CO_TRY(const auto known, co_await accounts_.usage(project));
  if (known.empty()) co_return fail(unknown_project_of_key(project));
  auto issued =
      issue_key(random_, std::move(project), std::move(request.name), request.role, request.ttl);
  CO_TRY(auto key, co_await accounts_.create_key(std::move(issued.key)));
  (void)co_await authenticator_.refresh();  // The key is stored; the next refresh finds it.
  co_return CreatedKey{.key = std::move(key), .text = std::move(issued.text)};
}

Task<Result<ApiKey>> AccountService::revoke_key(std::string id) {
  const auto parsed = KeyId::parse(id);
  if (!parsed) co_return fail(no_such_key(id));
  CO_TRY(auto key, co_await accounts_.revoke_key(*parsed));
  CO_CHECK(co_await authenticator_.refresh());
  co_return key;
}

Result<ProjectId> check_project_id(std::string_view text) {
  if (auto project = ProjectId::parse(text)) return std::move(*project);
  return fail(ErrorCode::invalid_request,
              fmt::format("'{}' is not 1 to 64 characters of a-z, 0-9, '-' and '_' - 'project'",
                          text.substr(0, 128)),
              "project");
}

Result<> check_key_name(std::string_view name) {
  const bool printable =
      std::ranges::none_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (printable && name.size() <= kKeyNameBytesMax) return {};
  return fail(ErrorCode::invalid_request,
              fmt::format("A name is one line of at most {} bytes - 'name'", kKeyNameBytesMax),
              "name");
}

}  // namespace partwise
