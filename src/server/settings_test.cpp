#include "server/settings.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <vector>

#include "server/setting_table.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {
namespace {

// One invocation of `partwise serve`, with its environment and its file.
class Settings : public ::testing::Test {
 protected:
  // Makes the file that --config will name.
  std::string write_file(const std::string& content) {
    const auto path = directory_ / "partwise.toml";
    std::ofstream(path) << content;
    return path;
  }

  Result<ServeConfig> read(const std::vector<std::string>& arguments) {
    auto lookup = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      if (found == environment_.end()) return std::nullopt;
      return found->second;
    };
    return read_serve_config(arguments, lookup, *files_);
  }

  std::string error_of(const std::vector<std::string>& arguments) {
    const auto config = read(arguments);
    return config ? "no error" : config.error().message;
  }

  std::map<std::string, std::string, std::less<>> environment_;
  test::TemporaryDirectory directory_;
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
};

TEST_F(Settings, WhatIsForOperatorsIsOffOrPlainUnlessItIsAskedFor) {
  EXPECT_FALSE(read({})->metrics_listen);
  EXPECT_EQ(read({})->log_format, LogFormat::text);
  EXPECT_EQ(read({})->scrub_rate, 0U);
  const auto config = read({"--metrics-listen", "[::1]:9100", "--log-format", "json"});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->metrics_listen->text(), "[::1]:9100");
  EXPECT_EQ(config->log_format, LogFormat::json);
  EXPECT_EQ(error_of({"--log-format", "xml"}), "--log-format: 'xml' is not one of text|json.");
}

TEST_F(Settings, WithoutAnySourceEveryDefaultStands) {
  const auto config = read({});
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->listen.text(), "127.0.0.1:8080");
  EXPECT_EQ(config->data_dir, "partwise-data");
  EXPECT_EQ(config->durability, Durability::strict);
  EXPECT_EQ(config->core.upload_ttl, std::chrono::hours{1});
  EXPECT_EQ(config->core.part_bytes_max, 64 * kMiB);
  EXPECT_TRUE(config->api_key.empty());
}

TEST_F(Settings, ACertificateAndItsKeyAreGivenTogether) {
  const std::string both =
      "--tls-certificate and --tls-key belong together: give both, or neither.";
  EXPECT_EQ(error_of({"--tls-certificate", "c.pem"}), both);
  environment_["PARTWISE_TLS_KEY"] = "k.pem";
  EXPECT_EQ(error_of({}), both);
  const auto config = read({"--tls-certificate", "c.pem"});
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->certificate.certificate, "c.pem");
  EXPECT_EQ(config->certificate.key, "k.pem");
  EXPECT_FALSE(read({"--tls-key", "none"})->certificate.is_given());
}

TEST_F(Settings, OriginsAreAListOrAStar) {
  EXPECT_TRUE(read({"--cors-origins", "*"})->cors.any_origin);
  EXPECT_EQ(error_of({"--cors-origins", "example.com"}),
            "--cors-origins: 'example.com' is not an origin, as https://app.example.com or "
            "http://localhost:3000, without a path; or * alone for all.");
}

TEST_F(Settings, AFlagWinsOverTheEnvironmentAndTheEnvironmentOverTheFile) {
  const auto file = write_file("upload_ttl = 10\nended_upload_ttl = 10\nidle_timeout = 10\n");
  environment_["PARTWISE_UPLOAD_TTL"] = "20";
  environment_["PARTWISE_ENDED_UPLOAD_TTL"] = "20";
  const auto config = read({"--upload-ttl", "30", "--config", file});
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->core.upload_ttl, std::chrono::seconds{30});
  EXPECT_EQ(config->core.ended_upload_ttl, std::chrono::seconds{20});
  EXPECT_EQ(config->http.idle_timeout, std::chrono::seconds{10});
}

TEST_F(Settings, TheFileCanBeNamedByTheEnvironment) {
  environment_["PARTWISE_CONFIG"] = write_file("data_dir = 'elsewhere'\nreserve = \"1GiB\"\n");
  const auto config = read({});
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->data_dir, "elsewhere");
  EXPECT_EQ(config->reserve_bytes, kGiB);
}

TEST_F(Settings, AVariableThatIsSetToNothingIsNotSet) {
  environment_["PARTWISE_LISTEN"] = "";
  EXPECT_TRUE(read({}).has_value());
}

TEST_F(Settings, AWrongValueNamesItsSettingAndItsSource) {
  EXPECT_EQ(error_of({"--listen", "x"}),
            "--listen: 'x' is not HOST:PORT, as 127.0.0.1:8080, [::1]:8080 or localhost:8080.");
  environment_["PARTWISE_DURABILITY"] = "lazy";
  EXPECT_EQ(error_of({}),
            "--durability (from PARTWISE_DURABILITY): 'lazy' is not one of strict|relaxed.");
  const auto file = write_file("\nupload_ttl = -1\n");
  EXPECT_EQ(error_of({"--durability=relaxed", "--config", file}),
            "--upload-ttl (from " + file + ", line 2): '-1' is not a whole number.");
}

TEST_F(Settings, AnUnknownKeyOfTheFileIsAnsweredWithTheNearest) {
  const auto file = write_file("upload-ttl = 5\n");
  EXPECT_EQ(error_of({"--config", file}),
            file + ", line 1: there is no setting 'upload-ttl'; did you mean 'upload_ttl'?");
}

TEST_F(Settings, AFileThatIsMissingOrNoTomlIsAnErrorThatNamesIt) {
  const auto missing = directory_ / "missing.toml";
  EXPECT_TRUE(error_of({"--config", missing}).starts_with(missing + ": the file cannot be read"));
  const auto broken = write_file("listen = \n");
  EXPECT_TRUE(error_of({"--config", broken}).starts_with(broken + ", line 1: this is not TOML"));
  const auto table = write_file("[upload]\nttl = 3\n");
  EXPECT_EQ(error_of({"--config", table}),
            table + ", line 1: 'upload' takes a string or a whole number.");
}

TEST_F(Settings, AnErrorIsOneLine) {
  const auto broken = write_file("listen = \"a\nb\"\n");
  const std::vector<std::vector<std::string>> wrong = {
      {"--config", broken}, {"--no-such-flag"}, {"--listen"}, {"stray"}, {"--upload-ttl", "x"}};
  for (const auto& arguments : wrong) {
    const auto message = error_of(arguments);
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_NE(message, "no error") << arguments.front();
  }
}

TEST_F(Settings, TheApiKeyIsNoFlagAndItsTextIsInNoMessage) {
  for (const auto& arguments :
       {std::vector<std::string>{"--api-key", "secret"}, {"--api-key=secret"}}) {
    EXPECT_EQ(error_of(arguments),
              "These flags were not expected: --api-key. Try: partwise serve --help");
  }
  environment_["PARTWISE_API_KEY"] = "top secret";
  const auto message = error_of({});
  EXPECT_EQ(message,
            "api_key (from PARTWISE_API_KEY): a key consists of visible ASCII characters, "
            "without blanks.");
  environment_["PARTWISE_API_KEY"] = "top-secret";
  const auto config = read({});
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->api_key, "top-secret");
}

TEST_F(Settings, EverySettingCanBeGivenItsDefaultFromEverySource) {
  std::vector<std::string> arguments;
  std::string toml;
  for (const Setting& setting : setting_table()) {
    if (!setting.has_flag) continue;
    arguments.push_back(setting.flag() + "=" + setting.default_text);
    environment_[setting.variable()] = setting.default_text;
    toml += setting.key + " = \"" + setting.default_text + "\"\n";
  }
  EXPECT_EQ(error_of(arguments), "no error");
  EXPECT_EQ(error_of({"--config", write_file(toml)}), "no error");
  environment_.clear();
  EXPECT_EQ(error_of({"--config", write_file(toml)}), "no error");
}

TEST_F(Settings, EachSettingReachesAPlaceOfItsOwn) {
  const auto config =
      read({"--max-connections=2", "--header-timeout=3", "--idle-timeout=4", "--body-rate-min=5kB",
            "--send-rate-min=6KiB", "--drain-time=7", "--threads=8", "--log-level=error",
            "--part-bytes-max=9MB", "--upload-bytes-max=10MiB", "--listen=[::1]:0", "--reserve=0",
            "--scrub-rate=11MiB", "--scrub-interval=12", "--checkpoint-step=13KiB"});
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->http.connections_max, 2U);
  EXPECT_EQ(config->http.head_timeout, std::chrono::seconds{3});
  EXPECT_EQ(config->http.idle_timeout, std::chrono::seconds{4});
  EXPECT_EQ(config->http.body_rate_min_bytes_per_s, 5000U);
  EXPECT_EQ(config->http.send_rate_min_bytes_per_s, 6 * kKiB);
  EXPECT_EQ(config->drain_time, std::chrono::seconds{7});
  EXPECT_EQ(config->threads, 8U);
  EXPECT_EQ(config->log_level, LogLevel::error);
  EXPECT_EQ(config->core.part_bytes_max, 9'000'000U);
  EXPECT_EQ(config->core.upload_bytes_max, 10 * kMiB);
  EXPECT_EQ(config->listen.text(), "[::1]:0");
  EXPECT_EQ(config->reserve_bytes, 0U);
  EXPECT_EQ(config->scrub_rate, 11 * kMiB);
  EXPECT_EQ(config->scrub_interval, std::chrono::seconds{12});
  EXPECT_EQ(config->checkpoint_step_bytes, 13 * kKiB);
}

TEST_F(Settings, TheHelpExplainsEveryFlag) {
  const auto help = serve_help();
  for (const Setting& setting : setting_table()) {
    EXPECT_EQ(help.find(setting.flag() + " ") != std::string::npos, setting.has_flag)
        << setting.key;
    EXPECT_NE(help.find(std::string(setting.group) + ":"), std::string::npos) << setting.group;
  }
}

}  // namespace
}  // namespace partwise
