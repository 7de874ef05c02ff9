// The contract of AccountStore.

#include <fmt/format.h>

#include "metadata_contract.hpp"

namespace partwise::test {

class AccountStoreContract : public MetadataContract {
 protected:
  ApiKey new_key(std::string name) {
    ++last_;
    return {.id = {fmt::format("key_{:024}", last_)},
            .project = project_,
            .name = std::move(name),
            .digest = Sha256Digest{static_cast<std::byte>(last_)},
            .created_at = {},
            .revoked_at = {}};
  }
  std::uint64_t version() { return must(accounts().keys_version()); }

 private:
  int last_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Metadata, AccountStoreContract, testing::ValuesIn(all_adapters()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(AccountStoreContract, KeysAreListedOldestFirstRevokedOnesToo) {
  EXPECT_TRUE(must(accounts().list_keys()).empty());
  ApiKey first = new_key("first");
  first = must(accounts().create_key(first));
  EXPECT_EQ(first.created_at, clock_.now());
  clock_.jump_wall(-1h);
  const ApiKey second = must(accounts().create_key(new_key("")));
  clock_.advance(1min);
  const ApiKey revoked = must(accounts().revoke_key(first.id));
  EXPECT_EQ(revoked.revoked_at, clock_.now());
  EXPECT_EQ(must(accounts().list_keys()), (std::vector{revoked, second}));
}

TEST_P(AccountStoreContract, TheStoreDatesAKeyAndANewOneIsNotRevoked) {
  ApiKey key = new_key("odd");
  key.created_at = from_unix_seconds(5);
  key.revoked_at = from_unix_seconds(6);
  const ApiKey created = must(accounts().create_key(key));
  EXPECT_EQ(created.created_at, clock_.now());
  EXPECT_FALSE(created.revoked_at);
  EXPECT_EQ(must(accounts().list_keys()), std::vector{created});
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
  ApiKey same_digest = new_key("b");
  same_digest.digest = key.digest;
  EXPECT_EQ(refused(accounts().create_key(same_digest)).code, ErrorCode::internal);
  ApiKey same_id = new_key("c");
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

TEST_P(AccountStoreContract, AProjectThatIsNotKnownStoresNothing) {
  EXPECT_EQ(billed({"nobody"}), 0U);
  must(accounts().create_key(new_key("a")));
  EXPECT_EQ(billed(project_), 0U);
}

}  // namespace partwise::test
