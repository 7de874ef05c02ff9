// Who may ask: keys as the store has them, and the configured one.

#include "core/authenticator.hpp"

#include "world.hpp"

namespace partwise::test {

namespace {

class Authentication : public Barrier {
 protected:
  AccountStore& accounts() { return world_.backend->accounts(); }
  ApiKey make_key(const std::string& text, const std::string& project,
                  std::optional<std::chrono::seconds> ttl = {}) {
    NewKey key{.id = KeyId::generate(world_.random),
               .project = {project},
               .name = {},
               .digest = sha256(as_bytes(text)),
               .ttl = ttl};
    return world_.run(accounts().create_key(std::move(key))).value();
  }
  void refresh(Authenticator& authenticator) { ASSERT_TRUE(world_.run(authenticator.refresh())); }

  World world_{GetParam()};
};

constexpr const char* kKey = "pw-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH";

}  // namespace

TEST_P(Authentication, KnowsTheConfiguredKeyOfTheDefaultProject) {
  const Authenticator authenticator(accounts(), world_.clock, kKey);
  EXPECT_EQ(authenticator.identify(kKey)->project.text, "default");
  EXPECT_EQ(authenticator.identify(kKey)->key.text, "static");
  EXPECT_EQ(authenticator.identify("another").error().code, ErrorCode::invalid_key);
}

TEST_P(Authentication, WithoutAnyKeyLetsNobodyIn) {
  const Authenticator authenticator(accounts(), world_.clock, "");
  EXPECT_EQ(authenticator.identify("").error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(authenticator.identify("x").error().code, ErrorCode::invalid_key);
}

TEST_P(Authentication, LearnsOfNewAndRevokedKeysByARefresh) {
  Authenticator authenticator(accounts(), world_.clock, "");
  refresh(authenticator);
  const ApiKey key = make_key(kKey, "team");
  EXPECT_FALSE(authenticator.identify(kKey));
  refresh(authenticator);
  EXPECT_EQ(authenticator.identify(kKey)->project.text, "team");
  EXPECT_EQ(authenticator.identify(kKey)->key, key.id);

  const ApiKey other = make_key("another key", "other");
  ASSERT_TRUE(world_.run(accounts().revoke_key(key.id)));
  EXPECT_TRUE(authenticator.identify(kKey));
  refresh(authenticator);
  EXPECT_EQ(authenticator.identify(kKey).error().code, ErrorCode::invalid_key);
  EXPECT_EQ(authenticator.identify("another key")->key, other.id);
}

TEST_P(Authentication, AnExpiredKeyIsAsUnknownFromItsSecondOn) {
  Authenticator authenticator(accounts(), world_.clock, "");
  make_key(kKey, "team", 60s);
  refresh(authenticator);
  world_.clock.advance(59s);
  EXPECT_TRUE(authenticator.identify(kKey));
  world_.clock.advance(1s);
  ASSERT_FALSE(authenticator.identify(kKey));
  const Error expired = authenticator.identify(kKey).error();
  const Authenticator stranger(accounts(), world_.clock, "");
  EXPECT_EQ(expired, stranger.identify(kKey).error());
  EXPECT_EQ(expired.code, ErrorCode::invalid_key);
}

TEST_P(Authentication, SaysTheRoleOfAKeyAndTheConfiguredOneIsAUser) {
  Authenticator authenticator(accounts(), world_.clock, "static-key");
  NewKey key{.id = KeyId::generate(world_.random), .project = {"team"}, .name = {}};
  key.role = Role::admin;
  key.digest = sha256(as_bytes(std::string_view(kKey)));
  ASSERT_TRUE(world_.run(accounts().create_key(std::move(key))));
  refresh(authenticator);
  EXPECT_EQ(authenticator.identify(kKey)->role, Role::admin);
  EXPECT_EQ(authenticator.identify("static-key")->role, Role::user);
}

TEST_P(Authentication, TakesTheKeyAsAWhole) {
  Authenticator authenticator(accounts(), world_.clock, "static-key");
  make_key(kKey, "team");
  refresh(authenticator);
  const std::string key = kKey;
  for (const std::string& text :
       {key + "x", key.substr(1), key.substr(0, key.size() - 1), " " + key,
        key + std::string(1, '\0'), std::string("static-ke"), std::string("STATIC-KEY")}) {
    EXPECT_EQ(authenticator.identify(text).error().code, ErrorCode::invalid_key) << text;
  }
  // What is stored is not a key either.
  EXPECT_FALSE(authenticator.identify(to_hex(sha256(as_bytes(key)))));
}

TEST_P(Authentication, NeverRepeatsAKeyInItsRefusal) {
  const Authenticator authenticator(accounts(), world_.clock, "");
  EXPECT_EQ(authenticator.identify(kKey).error().message.find("0123456789"), std::string::npos);
  const std::string short_key = "pw-secret-of-29-characters-xx";
  EXPECT_EQ(authenticator.identify(short_key).error().message.find("secret"), std::string::npos);
  EXPECT_EQ(authenticator.identify("hunter2").error().message.find("hunter2"), std::string::npos);
  EXPECT_LT(authenticator.identify(std::string(100'000, 'k')).error().message.size(), 300U);
}

INSTANTIATE_TEST_SUITE_P(Backends, Authentication, testing::ValuesIn(all_backends()),
                         [](const auto& kind) { return std::string(kind.param.name); });

TEST(ApiKeyText, IsRandomAndRecognisable) {
  SystemRandom random;
  const std::string key = generate_api_key(random);
  EXPECT_EQ(key.size(), 3U + 48U);
  EXPECT_TRUE(key.starts_with("pw-"));
  EXPECT_NE(key, generate_api_key(random));
}

TEST(MaskApiKey, ShowsTheEndsOfALongKeyAndNothingOfAShortOne) {
  EXPECT_EQ(mask_api_key(kKey), "pw-012" + std::string(32, '*') + "EFGH");
  EXPECT_EQ(mask_api_key("pw-0123456789abcdefghijklmnopq"),
            "pw-012" + std::string(20, '*') + "nopq");
  EXPECT_EQ(mask_api_key("pw-0123456789abcdefghijklmnop"), std::string(29, '*'));
  EXPECT_EQ(mask_api_key("x"), "*");
  EXPECT_EQ(mask_api_key(std::string(29, 'x')).find('x'), std::string::npos);
}

TEST(MaskApiKey, LetsNoControlCharacterThrough) {
  const std::string hostile = "\r\n\x1b[2J\xff" + std::string(40, 'x') + "\r\n\x01\x7f";
  for (const char c : mask_api_key(hostile)) {
    EXPECT_GE(c, 0x20);
    EXPECT_LE(c, 0x7e);
  }
}

TEST(TextWithoutApiKeys, MasksKeysWhereverTheyStand) {
  const std::string key = "pw-" + std::string(44, 'a') + "EFGH";
  const std::string masked = mask_api_key(key);
  EXPECT_EQ(without_api_keys(key), masked);
  EXPECT_EQ(without_api_keys("GET /v1/keys/" + key + "/" + key + ".\n"),
            "GET /v1/keys/" + masked + "/" + masked + ".\n");
  EXPECT_EQ(without_api_keys("pw-pw-" + key), "pw-pw-" + masked);
  const std::string cut = key.substr(0, 19);
  EXPECT_EQ(without_api_keys("/" + cut), "/" + std::string(19, '*')) << "of a path that was cut";
}

TEST(TextWithoutApiKeys, LeavesEverythingElse) {
  for (const std::string_view text :
       {"", "pw-", "a pw-user of pw-3", "/v1/files", "pw-0123456789-abcdefgh"}) {
    EXPECT_EQ(without_api_keys(text), text);
  }
}

}  // namespace partwise::test
