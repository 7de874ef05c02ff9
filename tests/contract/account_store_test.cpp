// The contract of AccountStore.

#include <fmt/format.h>

#include "metadata_contract.hpp"

namespace partwise::test {

class AccountStoreContract : public MetadataContract {
 protected:
  NewKey new_key(std::string name) {
    ++last_;
    return {.id = {fmt::format("key_{:024}", last_)},
            .project = project_,
            .name = std::move(name),
            .digest = Sha256Digest{static_cast<std::byte>(last_)}};
  }
  std::uint64_t version() { return must(accounts().keys_version()); }

 private:
  int last_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Metadata, AccountStoreContract, testing::ValuesIn(all_adapters()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(AccountStoreContract, KeysAreListedOldestFirstRevokedOnesToo) {
  EXPECT_TRUE(must(accounts().list_keys()).empty());
  const ApiKey first = must(accounts().create_key(new_key("first")));
  EXPECT_EQ(first.created_at, clock_.now());
  clock_.jump_wall(-1h);
  const ApiKey second = must(accounts().create_key(new_key("")));
  clock_.advance(1min);
  const ApiKey revoked = must(accounts().revoke_key(first.id));
  EXPECT_EQ(revoked.revoked_at, clock_.now());
  EXPECT_EQ(must(accounts().list_keys()), (std::vector{revoked, second}));
}

TEST_P(AccountStoreContract, TheStoreDatesAKeyAndItsEndAndKeepsItsRole) {
  NewKey asked = new_key("batch runner");
  asked.role = Role::service;
  asked.ttl = 90s;
  const ApiKey created = must(accounts().create_key(asked));
  EXPECT_EQ(created.id, asked.id);
  EXPECT_EQ(created.project, asked.project);
  EXPECT_EQ(created.name, asked.name);
  EXPECT_EQ(created.digest, asked.digest);
  EXPECT_EQ(created.role, Role::service);
  EXPECT_EQ(created.created_at, clock_.now());
  EXPECT_EQ(created.expires_at, clock_.now() + 90s);
  EXPECT_FALSE(created.revoked_at);
  NewKey of_admin = new_key("admin");
  of_admin.role = Role::admin;
  const ApiKey admin = must(accounts().create_key(of_admin));
  EXPECT_FALSE(admin.expires_at);
  clock_.advance(1h);
  EXPECT_EQ(must(accounts().list_keys()), (std::vector{created, admin}));
}

TEST_P(AccountStoreContract, RevokingTwiceKeepsTheFirstTime) {
  const ApiKey key = must(accounts().create_key(new_key("a")));
  const ApiKey revoked = must(accounts().revoke_key(key.id));
  clock_.advance(1h);
  EXPECT_EQ(must(accounts().revoke_key(key.id)), revoked);
}

TEST_P(AccountStoreContract, AnUnknownKeyIsNotFound) {
  EXPECT_EQ(refused(accounts().revoke_key({"key_000000000000000000000000"})).code,
            ErrorCode::not_found);
}

TEST_P(AccountStoreContract, TwoKeysShareNeitherIdNorDigest) {
  const ApiKey key = must(accounts().create_key(new_key("a")));
  NewKey same_digest = new_key("b");
  same_digest.digest = key.digest;
  EXPECT_EQ(refused(accounts().create_key(same_digest)).code, ErrorCode::internal);
  NewKey same_id = new_key("c");
  same_id.id = key.id;
  EXPECT_EQ(refused(accounts().create_key(same_id)).code, ErrorCode::internal);
  EXPECT_EQ(must(accounts().list_keys()), std::vector{key});
}

TEST_P(AccountStoreContract, TheVersionGrowsWithEveryChangeAndStaysOtherwise) {
  const std::uint64_t empty = version();
  const ApiKey key = must(accounts().create_key(new_key("a")));
  const std::uint64_t created = version();
  EXPECT_GT(created, empty);
  EXPECT_EQ(version(), created);
  must(accounts().revoke_key(key.id));
  EXPECT_GT(version(), created);
}

TEST_P(AccountStoreContract, AProjectIsMadeOnceWithItsQuotas) {
  const Quotas quotas{.bytes = 10, .open_uploads = 0};
  const Project made = must(accounts().create_project(project_, quotas));
  EXPECT_EQ(made, (Project{.id = project_, .stored_bytes = 0, .quotas = quotas}));
  EXPECT_EQ(refused(accounts().create_project(project_, {})).code, ErrorCode::state_conflict);
  must(accounts().create_key(new_key("a")));
  const auto usages = must(accounts().usage(project_));
  ASSERT_EQ(usages.size(), 1U);
  EXPECT_EQ(usages[0].project, made);
}

TEST_P(AccountStoreContract, AKeyMakesItsProjectWithoutQuotas) {
  must(accounts().create_key(new_key("a")));
  EXPECT_EQ(refused(accounts().create_project(project_, {})).code, ErrorCode::state_conflict);
  EXPECT_EQ(must(accounts().usage(project_)).at(0).project, Project{.id = project_});
}

TEST_P(AccountStoreContract, QuotasAreReplacedAndTakenAway) {
  EXPECT_EQ(refused(accounts().set_quotas(project_, {})).code, ErrorCode::not_found);
  must(accounts().create_project(project_, {.bytes = 10}));
  const Quotas other{.open_uploads = 3};
  EXPECT_EQ(must(accounts().set_quotas(project_, other)).quotas, other);
  EXPECT_EQ(must(accounts().usage(project_)).at(0).project.quotas, other);
  EXPECT_EQ(must(accounts().set_quotas(project_, {})).quotas, Quotas{});
}

}  // namespace partwise::test
