// The C++ header. usage: wrapper FOLDER

#include <cstring>
#include <type_traits>

#include <otpkeep.hpp>

#include "expect.h"

static_assert(!std::is_copy_constructible<otpkeep::keep>::value, "a keep is move-only");
static_assert(std::is_nothrow_move_constructible<otpkeep::keep>::value, "a keep can be moved");
static_assert(!std::is_copy_constructible<otpkeep::enrollment>::value, "an enrollment is move-only");
static_assert(!std::is_copy_constructible<otpkeep::options>::value, "options are move-only");
static_assert(!std::is_convertible<otpkeep::verdict, bool>::value, "a verdict does not become a number by accident");

static const int64_t NOW = 1700000000;

template <typename Call> static void expect_throw(otpkeep_status status, const std::string &argument, Call call)
{
    try {
        call();
    } catch (const otpkeep::error &error) {
        if (error.status() != status || error.argument() != argument || std::string(error.what()).empty()) {
            std::fprintf(stderr, "expected %s for '%s', not %s\n", otpkeep_status_name(status), argument.c_str(),
                         error.what());
            std::exit(EXIT_FAILURE);
        }
        return;
    }
    std::fprintf(stderr, "expected %s, not success\n", otpkeep_status_name(status));
    std::exit(EXIT_FAILURE);
}

static otpkeep::options given()
{
    std::array<uint8_t, 32> root_key;
    std::memcpy(root_key.data(), ROOT_KEY, root_key.size());
    otpkeep::options options;
    options.root_key(root_key).create(true).manual_clock(true).busy_timeout(1000).strict(true).bare(false);
    options.allow_network_file_system(false).mount("totp").first_mount(otpkeep::mount_spec().throttle(true));
    return options;
}

static void keys_and_codes(const otpkeep::keep &keep)
{
    const otpkeep::key written = keep.write_key("test", otpkeep::key_spec().url(URL));
    EXPECT(written.name() == "test" && written.issuer() == "Vault" && written.account_name() == "test@gmail.com");
    EXPECT(written.algorithm() == "SHA1" && written.digits() == 6 && written.period() == 30 && written.skew() == 1);
    EXPECT(written.created() > NOW && written.last_used() == -1 && written.warnings().empty());
    otpkeep::key_spec short_secret;
    short_secret.secret("JBSWY3DPEHPK3PXP").algorithm("SHA512").overwrite(true);
    EXPECT(keep.write_key("short", short_secret).warnings() == std::vector<std::string>{"short-secret"});
    expect_throw(OTPKEEP_KEY_EXISTS, "", [&] { keep.write_key("test", otpkeep::key_spec().url(URL)); });

    otpkeep::key_spec spec;
    spec.issuer("Acme").account_name("alice@acme.com").period(60).digits(8).skew(0).key_size(16).barcode_size(240);
    const otpkeep::enrollment enrollment = keep.generate_key("alice", spec);
    EXPECT(std::string(enrollment.url()).find("otpauth://totp/Acme") == 0);
    EXPECT(enrollment.barcode().first != nullptr && enrollment.barcode().second > 100);
    EXPECT(*enrollment.svg() == '<' && *enrollment.terminal() != 0);
    EXPECT((keep.list_keys() == std::vector<std::string>{"alice", "short", "test"}));
    EXPECT((keep.list_keys("alice", 1) == std::vector<std::string>{"short"}));
    EXPECT(keep.read_key("alice").digits() == 8);

    EXPECT(keep.read_code("alice").size() == 8);
    const std::string code = keep.read_code_at("alice", NOW);
    const otpkeep::verdict accepted = keep.validate_code_at("alice", code, NOW);
    EXPECT(accepted && accepted.outcome() == OTPKEEP_OK && accepted.offset() == 0);
    EXPECT(accepted.retry_after() == 0 && accepted.attempts_left() == 100);
    const otpkeep::verdict replayed = keep.validate_code_at("alice", code, NOW);
    EXPECT(!replayed && replayed.outcome() == OTPKEEP_REPLAYED_CODE && replayed.retry_after() > 0);
    EXPECT(keep.validate_code("alice", "12").outcome() == OTPKEEP_MALFORMED_CODE);
    EXPECT(keep.validate_code("test", std::string("123456\0", 7)).outcome() == OTPKEEP_MALFORMED_CODE);
    expect_throw(OTPKEEP_KEY_NOT_FOUND, "", [&] { (void)bool(keep.validate_code("nobody", code)); });

    const auto verdicts = keep.validate_codes({{"test", keep.read_code("test")}, {"nobody", "123456"}, {"alice", ""}});
    EXPECT(verdicts.size() == 3 && verdicts[0] && !verdicts[1] && !verdicts[2]);
    EXPECT(verdicts[1].outcome() == OTPKEEP_KEY_NOT_FOUND && verdicts[2].outcome() == OTPKEEP_MALFORMED_CODE);
    EXPECT(keep.validate_codes({}).empty());
    EXPECT(keep.validate_codes_at({{"test", "123456"}, {"test", "x"}}, 1).size() == 2);
    EXPECT(keep.read_attempts("alice").failures == 0);
    keep.reset_attempts("alice");
    keep.delete_key("alice");
    expect_throw(OTPKEEP_KEY_NOT_FOUND, "", [&] { keep.read_key("alice"); });
}

static void mounts_and_maintenance(const otpkeep::keep &keep, const std::string &folder)
{
    otpkeep::mount_spec spec;
    spec.description("staff").free_attempts(1).lock_seconds(2).max_lock_seconds(3).max_failures(4);
    keep.mount("staff", spec);
    keep.mount("other");
    keep.tune_mount("staff", otpkeep::mount_spec().throttle(false));
    const auto mounts = keep.list_mounts();
    EXPECT(mounts.size() == 3 && mounts[1].path == "staff/" && mounts[1].description == "staff");
    EXPECT(!mounts[1].throttle && mounts[1].free_attempts == 1 && mounts[1].lock_seconds == 2);
    EXPECT(mounts[1].max_lock_seconds == 3 && mounts[1].max_failures == 4 && mounts[1].created > NOW);
    EXPECT(keep.with_mount("staff").list_keys().empty());
    keep.unmount("staff");
    expect_throw(OTPKEEP_MOUNT_NOT_FOUND, "", [&] { keep.with_mount("staff").list_keys(); });

    EXPECT(keep.rotate() == 2 && keep.rewrap() > 0);
    otpkeep::options passphrase;
    passphrase.passphrase(std::string("with\0NUL", 8)).passphrase_cost(19456, 1);
    const uint64_t slot = keep.add_slot(passphrase);
    EXPECT(otpkeep_report_slot_count(keep.status().get()) == 2);
    keep.remove_slot(slot);
    keep.backup(folder + "/backup");
    otpkeep::restore(folder + "/backup", folder + "/restored", given());
    EXPECT(otpkeep::keep(folder + "/restored", given()).list_keys().size() == 2);
}

int main(int argc, char **argv)
{
    EXPECT(argc == 2);
    const std::string folder = argv[1];

    expect_throw(OTPKEEP_KEEP_NOT_FOUND, "", [&] { otpkeep::keep(folder + "/absent", given().create(false)); });
    expect_throw(OTPKEEP_INVALID_ARGUMENT, "root_key", [&] { otpkeep::keep(folder + "/x", otpkeep::options()); });
    expect_throw(OTPKEEP_INVALID_ARGUMENT, "key_file", [] { otpkeep::options().key_file(""); });
    expect_throw(OTPKEEP_INVALID_ARGUMENT, "issuer", [] { otpkeep::key_spec().issuer(std::string("a\0b", 3)); });
    {
        otpkeep::keep first(folder + "/wrapper.keep", given());
        const otpkeep::keep keep = std::move(first);
        // What was moved from is empty, which is an error and no crash.
        expect_throw(OTPKEEP_INVALID_ARGUMENT, "keep", [&] { first.list_keys(); });
        keys_and_codes(keep);
        mounts_and_maintenance(keep, folder);
    }
    return EXIT_SUCCESS;
}
