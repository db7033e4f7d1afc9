/*
 * otpkeep for C++11 and later: the C interface of otpkeep.h as objects that free themselves, and errors as exceptions.
 *
 * Header only; link the C library. Objects are move-only. Threads and processes: as otpkeep.h says.
 */

#ifndef OTPKEEP_HPP
#define OTPKEEP_HPP

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "otpkeep.h"

namespace otpkeep {

/** Why an operation failed. */
class error : public std::runtime_error {
public:
    error(otpkeep_status status, const std::string &message, const std::string &argument)
        : std::runtime_error(message), status_(status), argument_(argument) {}

    /** The number of the error, such as OTPKEEP_KEY_NOT_FOUND. */
    otpkeep_status status() const noexcept { return status_; }

    /** The argument or field at fault; empty when none is. */
    const std::string &argument() const noexcept { return argument_; }

private:
    otpkeep_status status_;
    std::string argument_;
};

namespace detail {

template <typename T, void (*Free)(T *)> struct deleter {
    void operator()(T *object) const noexcept { Free(object); }
};

template <typename T, void (*Free)(T *)> using owner = std::unique_ptr<T, deleter<T, Free>>;

/** Takes the error object of a call. */
class failure {
public:
    failure() = default;
    failure(const failure &) = delete;
    failure &operator=(const failure &) = delete;
    ~failure() { otpkeep_error_free(error_); }

    otpkeep_error **out() noexcept { return &error_; }

    [[noreturn]] void raise(otpkeep_status status) const {
        const char *message = otpkeep_error_message(error_);
        const char *argument = otpkeep_error_argument(error_);
        throw error(status, message ? message : otpkeep_status_name(status), argument ? argument : "");
    }

    void check(otpkeep_status status) const {
        if (status != OTPKEEP_OK) {
            raise(status);
        }
    }

private:
    otpkeep_error *error_ = nullptr;
};

inline void set(otpkeep_status status, const char *argument) {
    if (status != OTPKEEP_OK) {
        throw error(status, std::string(otpkeep_status_name(status)) + ": " + argument, argument);
    }
}

inline std::string text(const char *borrowed) { return borrowed ? borrowed : ""; }

/* std::string may hold NUL, a C string not: what follows it must not be dropped in silence. */
inline const char *c_str(const std::string &value, const char *argument) {
    if (value.find('\0') != std::string::npos) {
        throw error(OTPKEEP_INVALID_ARGUMENT, std::string("invalid-argument: ") + argument + ": must not hold NUL",
                    argument);
    }
    return value.c_str();
}

} // namespace detail

/** Options of a mount, to make it or to tune it. */
class mount_spec {
public:
    mount_spec() : spec_(otpkeep_mount_spec_new()) {}

    mount_spec &description(const std::string &value) {
        const char *text = detail::c_str(value, "description");
        detail::set(otpkeep_mount_spec_set_description(get(), text), "description");
        return *this;
    }
    mount_spec &throttle(bool value) {
        detail::set(otpkeep_mount_spec_set_throttle(get(), value), "throttle");
        return *this;
    }
    mount_spec &free_attempts(uint32_t value) {
        detail::set(otpkeep_mount_spec_set_free_attempts(get(), value), "free_attempts");
        return *this;
    }
    mount_spec &lock_seconds(uint32_t value) {
        detail::set(otpkeep_mount_spec_set_lock_seconds(get(), value), "lock_seconds");
        return *this;
    }
    mount_spec &max_lock_seconds(uint32_t value) {
        detail::set(otpkeep_mount_spec_set_max_lock_seconds(get(), value), "max_lock_seconds");
        return *this;
    }
    mount_spec &max_failures(uint32_t value) {
        detail::set(otpkeep_mount_spec_set_max_failures(get(), value), "max_failures");
        return *this;
    }

    otpkeep_mount_spec *get() const noexcept { return spec_.get(); }

private:
    detail::owner<otpkeep_mount_spec, otpkeep_mount_spec_free> spec_;
};

/** How a keep is opened. Exactly one of passphrase, root key and key file is to be set. */
class options {
public:
    options() : options_(otpkeep_options_new()) {}

    options &passphrase(const std::string &value) {
        const uint8_t *data = reinterpret_cast<const uint8_t *>(value.data());
        detail::set(otpkeep_options_set_passphrase(get(), data, value.size()), "passphrase");
        return *this;
    }
    options &root_key(const std::array<uint8_t, 32> &value) {
        detail::set(otpkeep_options_set_root_key(get(), value.data(), value.size()), "root_key");
        return *this;
    }
    options &key_file(const std::string &path) {
        detail::set(otpkeep_options_set_key_file(get(), detail::c_str(path, "key_file")), "key_file");
        return *this;
    }
    options &create(bool value) {
        detail::set(otpkeep_options_set_create(get(), value), "create");
        return *this;
    }
    options &mount(const std::string &path) {
        detail::set(otpkeep_options_set_mount(get(), detail::c_str(path, "mount")), "mount");
        return *this;
    }
    options &bare(bool value) {
        detail::set(otpkeep_options_set_bare(get(), value), "bare");
        return *this;
    }
    options &first_mount(const mount_spec &value) {
        detail::set(otpkeep_options_set_first_mount(get(), value.get()), "first_mount");
        return *this;
    }
    options &passphrase_cost(uint32_t memory_kib, uint32_t passes) {
        detail::set(otpkeep_options_set_passphrase_cost(get(), memory_kib, passes), "passphrase_cost");
        return *this;
    }
    options &busy_timeout(uint32_t milliseconds) {
        detail::set(otpkeep_options_set_busy_timeout(get(), milliseconds), "busy_timeout");
        return *this;
    }
    options &strict(bool value) {
        detail::set(otpkeep_options_set_strict(get(), value), "strict");
        return *this;
    }
    options &allow_network_file_system(bool value) {
        const otpkeep_status status = otpkeep_options_set_allow_network_file_system(get(), value);
        detail::set(status, "allow_network_file_system");
        return *this;
    }
    options &manual_clock(bool value) {
        detail::set(otpkeep_options_set_manual_clock(get(), value), "manual_clock");
        return *this;
    }

    otpkeep_options *get() const noexcept { return options_.get(); }

private:
    detail::owner<otpkeep_options, otpkeep_options_free> options_;
};

/** What to write or generate. */
class key_spec {
public:
    key_spec() : spec_(otpkeep_key_spec_new()) {}

    key_spec &url(const std::string &value) {
        detail::set(otpkeep_key_spec_set_url(get(), detail::c_str(value, "url")), "url");
        return *this;
    }
    key_spec &secret(const std::string &value) {
        detail::set(otpkeep_key_spec_set_secret(get(), detail::c_str(value, "secret")), "secret");
        return *this;
    }
    key_spec &issuer(const std::string &value) {
        detail::set(otpkeep_key_spec_set_issuer(get(), detail::c_str(value, "issuer")), "issuer");
        return *this;
    }
    key_spec &account_name(const std::string &value) {
        const char *text = detail::c_str(value, "account_name");
        detail::set(otpkeep_key_spec_set_account_name(get(), text), "account_name");
        return *this;
    }
    key_spec &algorithm(const std::string &value) {
        detail::set(otpkeep_key_spec_set_algorithm(get(), detail::c_str(value, "algorithm")), "algorithm");
        return *this;
    }
    key_spec &period(uint32_t value) {
        detail::set(otpkeep_key_spec_set_period(get(), value), "period");
        return *this;
    }
    key_spec &digits(uint32_t value) {
        detail::set(otpkeep_key_spec_set_digits(get(), value), "digits");
        return *this;
    }
    key_spec &skew(uint32_t value) {
        detail::set(otpkeep_key_spec_set_skew(get(), value), "skew");
        return *this;
    }
    key_spec &key_size(uint32_t value) {
        detail::set(otpkeep_key_spec_set_key_size(get(), value), "key_size");
        return *this;
    }
    key_spec &barcode_size(uint32_t value) {
        detail::set(otpkeep_key_spec_set_barcode_size(get(), value), "barcode_size");
        return *this;
    }
    key_spec &overwrite(bool value) {
        detail::set(otpkeep_key_spec_set_overwrite(get(), value), "overwrite");
        return *this;
    }

    otpkeep_key_spec *get() const noexcept { return spec_.get(); }

private:
    detail::owner<otpkeep_key_spec, otpkeep_key_spec_free> spec_;
};

/** The description of a key: all but its secret. */
class key {
public:
    explicit key(otpkeep_key *owned) : key_(owned) {}

    std::string name() const { return detail::text(otpkeep_key_name(get())); }
    std::string issuer() const { return detail::text(otpkeep_key_issuer(get())); }
    std::string account_name() const { return detail::text(otpkeep_key_account_name(get())); }
    std::string algorithm() const { return detail::text(otpkeep_key_algorithm(get())); }
    uint32_t digits() const noexcept { return otpkeep_key_digits(get()); }
    uint32_t period() const noexcept { return otpkeep_key_period(get()); }
    uint32_t skew() const noexcept { return otpkeep_key_skew(get()); }
    int64_t created() const noexcept { return otpkeep_key_created(get()); }
    int64_t last_used() const noexcept { return otpkeep_key_last_used(get()); }

    /** The stable names of the warnings that writing the key gave. */
    std::vector<std::string> warnings() const {
        std::vector<std::string> names;
        for (size_t index = 0; index < otpkeep_key_warning_count(get()); ++index) {
            names.push_back(detail::text(otpkeep_key_warning_name(get(), index)));
        }
        return names;
    }

    const otpkeep_key *get() const noexcept { return key_.get(); }

private:
    detail::owner<otpkeep_key, otpkeep_key_free> key_;
};

/** What an authenticator app reads of a generated key. What it gives is borrowed: it is zeroed with the enrollment. */
class enrollment {
public:
    explicit enrollment(otpkeep_enrollment *owned) : enrollment_(owned) {}

    const char *url() const noexcept { return otpkeep_enrollment_url(get()); }
    const char *svg() const noexcept { return otpkeep_enrollment_svg(get()); }
    const char *terminal() const noexcept { return otpkeep_enrollment_terminal(get()); }

    /** The PNG image and its size in bytes; nullptr and 0 when none was asked for. */
    std::pair<const uint8_t *, size_t> barcode() const noexcept {
        size_t length = 0;
        const uint8_t *data = otpkeep_enrollment_barcode(get(), &length);
        return std::make_pair(data, length);
    }

    const otpkeep_enrollment *get() const noexcept { return enrollment_.get(); }

private:
    detail::owner<otpkeep_enrollment, otpkeep_enrollment_free> enrollment_;
};

/** The answer to validating a code: true only when it is accepted. */
class verdict {
public:
    explicit verdict(const otpkeep_verdict &core) : core_(core) {}

    explicit operator bool() const noexcept { return core_.outcome == OTPKEEP_OK; }

    /** OTPKEEP_OK when accepted, else OTPKEEP_WRONG_CODE and so on; in a batch also the error of an item. */
    otpkeep_status outcome() const noexcept { return core_.outcome; }
    int32_t offset() const noexcept { return core_.offset; }
    uint64_t retry_after() const noexcept { return core_.retry_after; }
    uint32_t attempts_left() const noexcept { return core_.attempts_left; }

private:
    otpkeep_verdict core_;
};

/** A mount and its options. */
struct mount_description {
    std::string path;
    std::string description;
    int64_t created;
    bool throttle;
    uint32_t free_attempts;
    uint32_t lock_seconds;
    uint32_t max_lock_seconds;
    uint32_t max_failures;
};

/** What may be told of a keep. */
class report {
public:
    explicit report(otpkeep_report *owned) : report_(owned) {}

    /** For the accessors of otpkeep.h, such as otpkeep_report_keys. */
    const otpkeep_report *get() const noexcept { return report_.get(); }

private:
    detail::owner<otpkeep_report, otpkeep_report_free> report_;
};

/** An open keep, seen from one of its mounts. */
class keep {
public:
    keep(const std::string &location, const options &options) {
        detail::failure failure;
        otpkeep_keep *opened = nullptr;
        const char *path = detail::c_str(location, "location");
        failure.check(otpkeep_open(path, options.get(), &opened, failure.out()));
        keep_.reset(opened);
    }

    explicit keep(otpkeep_keep *owned) : keep_(owned) {}

    keep with_mount(const std::string &mount) const {
        detail::failure failure;
        otpkeep_keep *sibling = nullptr;
        failure.check(otpkeep_with_mount(get(), detail::c_str(mount, "mount"), &sibling, failure.out()));
        return keep(sibling);
    }

    key write_key(const std::string &name, const key_spec &spec) const {
        detail::failure failure;
        otpkeep_key *written = nullptr;
        const char *text = detail::c_str(name, "name");
        failure.check(otpkeep_write_key(get(), text, spec.get(), &written, failure.out()));
        return key(written);
    }

    enrollment generate_key(const std::string &name, const key_spec &spec) const {
        detail::failure failure;
        otpkeep_enrollment *generated = nullptr;
        const char *text = detail::c_str(name, "name");
        failure.check(otpkeep_generate_key(get(), text, spec.get(), &generated, failure.out()));
        return enrollment(generated);
    }

    key read_key(const std::string &name) const {
        detail::failure failure;
        otpkeep_key *read = nullptr;
        failure.check(otpkeep_read_key(get(), detail::c_str(name, "name"), &read, failure.out()));
        return key(read);
    }

    /** The names after `after`, at most `limit`. */
    std::vector<std::string> list_keys(const std::string &after = "", uint32_t limit = OTPKEEP_LIST_LIMIT) const {
        detail::failure failure;
        otpkeep_names *listed = nullptr;
        const char *text = detail::c_str(after, "after");
        failure.check(otpkeep_list_keys(get(), text, limit, &listed, failure.out()));
        const detail::owner<otpkeep_names, otpkeep_names_free> names(listed);
        std::vector<std::string> result;
        for (size_t index = 0; index < otpkeep_names_count(listed); ++index) {
            result.push_back(detail::text(otpkeep_names_at(listed, index)));
        }
        return result;
    }

    void delete_key(const std::string &name) const {
        detail::failure failure;
        failure.check(otpkeep_delete_key(get(), detail::c_str(name, "name"), failure.out()));
    }

    std::string read_code(const std::string &name) const {
        detail::failure failure;
        char code[OTPKEEP_CODE_SIZE];
        failure.check(otpkeep_read_code(get(), detail::c_str(name, "name"), code, failure.out()));
        return code;
    }

    std::string read_code_at(const std::string &name, int64_t at) const {
        detail::failure failure;
        char code[OTPKEEP_CODE_SIZE];
        failure.check(otpkeep_read_code_at(get(), detail::c_str(name, "name"), at, code, failure.out()));
        return code;
    }

    /** Throws only when the code could not be judged; a code that is not accepted is a verdict that is false. */
    OTPKEEP_CHECK_RESULT verdict validate_code(const std::string &name, const std::string &code) const {
        detail::failure failure;
        otpkeep_verdict answer;
        const char *text = detail::c_str(name, "name");
        return judged(otpkeep_validate_code(get(), text, typed(code), &answer, failure.out()), answer, failure);
    }

    OTPKEEP_CHECK_RESULT verdict validate_code_at(const std::string &name, const std::string &code, int64_t at) const {
        detail::failure failure;
        otpkeep_verdict answer;
        const char *text = detail::c_str(name, "name");
        return judged(otpkeep_validate_code_at(get(), text, typed(code), at, &answer, failure.out()), answer, failure);
    }

    /** Validates pairs of name and code with one commit: one verdict for each, in their order. */
    OTPKEEP_CHECK_RESULT std::vector<verdict>
    validate_codes(const std::vector<std::pair<std::string, std::string>> &items) const {
        return judged(items, [this](const char *const *names, const char *const *codes, size_t count,
                                    otpkeep_verdict *answers, otpkeep_error **error) {
            return otpkeep_validate_codes(get(), names, codes, count, answers, error);
        });
    }

    /** Validates pairs of name and code with one commit, as of a time in Unix seconds. */
    OTPKEEP_CHECK_RESULT std::vector<verdict>
    validate_codes_at(const std::vector<std::pair<std::string, std::string>> &items, int64_t at) const {
        return judged(items, [this, at](const char *const *names, const char *const *codes, size_t count,
                                        otpkeep_verdict *answers, otpkeep_error **error) {
            return otpkeep_validate_codes_at(get(), names, codes, count, at, answers, error);
        });
    }

    otpkeep_attempts read_attempts(const std::string &name) const {
        detail::failure failure;
        otpkeep_attempts attempts;
        failure.check(otpkeep_read_attempts(get(), detail::c_str(name, "name"), &attempts, failure.out()));
        return attempts;
    }

    void reset_attempts(const std::string &name) const {
        detail::failure failure;
        failure.check(otpkeep_reset_attempts(get(), detail::c_str(name, "name"), failure.out()));
    }

    void mount(const std::string &path, const mount_spec &spec = mount_spec()) const {
        detail::failure failure;
        failure.check(otpkeep_mount(get(), detail::c_str(path, "mount"), spec.get(), failure.out()));
    }

    void unmount(const std::string &path) const {
        detail::failure failure;
        failure.check(otpkeep_unmount(get(), detail::c_str(path, "mount"), failure.out()));
    }

    void tune_mount(const std::string &path, const mount_spec &spec) const {
        detail::failure failure;
        failure.check(otpkeep_tune_mount(get(), detail::c_str(path, "mount"), spec.get(), failure.out()));
    }

    std::vector<mount_description> list_mounts() const {
        detail::failure failure;
        otpkeep_mounts *listed = nullptr;
        failure.check(otpkeep_list_mounts(get(), &listed, failure.out()));
        const detail::owner<otpkeep_mounts, otpkeep_mounts_free> mounts(listed);
        std::vector<mount_description> result;
        for (size_t index = 0; index < otpkeep_mounts_count(listed); ++index) {
            result.push_back(mount_description{
                detail::text(otpkeep_mounts_path(listed, index)),
                detail::text(otpkeep_mounts_description(listed, index)),
                otpkeep_mounts_created(listed, index),
                otpkeep_mounts_throttle(listed, index) != 0,
                otpkeep_mounts_free_attempts(listed, index),
                otpkeep_mounts_lock_seconds(listed, index),
                otpkeep_mounts_max_lock_seconds(listed, index),
                otpkeep_mounts_max_failures(listed, index),
            });
        }
        return result;
    }

    /** Returns the number of the new term. */
    uint32_t rotate() const {
        detail::failure failure;
        uint32_t term = 0;
        failure.check(otpkeep_rotate(get(), &term, failure.out()));
        return term;
    }

    /** Returns how many records were sealed anew. */
    uint64_t rewrap() const {
        detail::failure failure;
        uint64_t sealed = 0;
        failure.check(otpkeep_rewrap(get(), &sealed, failure.out()));
        return sealed;
    }

    /** Returns the number of the slot. */
    uint64_t add_slot(const options &root_key) const {
        detail::failure failure;
        uint64_t slot = 0;
        failure.check(otpkeep_add_slot(get(), root_key.get(), &slot, failure.out()));
        return slot;
    }

    void remove_slot(uint64_t slot) const {
        detail::failure failure;
        failure.check(otpkeep_remove_slot(get(), slot, failure.out()));
    }

    void backup(const std::string &destination) const {
        detail::failure failure;
        failure.check(otpkeep_backup(get(), detail::c_str(destination, "destination"), failure.out()));
    }

    report status() const {
        detail::failure failure;
        otpkeep_report *read = nullptr;
        failure.check(otpkeep_read_status(get(), &read, failure.out()));
        return report(read);
    }

    otpkeep_keep *get() const noexcept { return keep_.get(); }

private:
    template <typename Batch>
    static std::vector<verdict> judged(const std::vector<std::pair<std::string, std::string>> &items,
                                       const Batch &batch) {
        detail::failure failure;
        std::vector<const char *> names;
        std::vector<const char *> codes;
        for (const auto &item : items) {
            names.push_back(detail::c_str(item.first, "names"));
            codes.push_back(typed(item.second));
        }
        std::vector<otpkeep_verdict> answers(items.size());
        failure.check(batch(names.data(), codes.data(), items.size(), answers.data(), failure.out()));
        std::vector<verdict> verdicts;
        for (const auto &answer : answers) {
            verdicts.push_back(verdict(answer));
        }
        return verdicts;
    }

    static verdict judged(otpkeep_status status, const otpkeep_verdict &answer, const detail::failure &failure) {
        switch (status) {
        case OTPKEEP_OK:
        case OTPKEEP_WRONG_CODE:
        case OTPKEEP_MALFORMED_CODE:
        case OTPKEEP_REPLAYED_CODE:
        case OTPKEEP_THROTTLED:
        case OTPKEEP_KEY_DISABLED:
        case OTPKEEP_CLOCK_BEHIND:
            return verdict(answer);
        default:
            failure.raise(status);
        }
    }

    /* A code with NUL in it is malformed, which must not depend on what stands before the NUL. */
    static const char *typed(const std::string &code) noexcept {
        return code.find('\0') == std::string::npos ? code.c_str() : "\x01";
    }

    detail::owner<otpkeep_keep, otpkeep_close> keep_;
};

/** Copies a backup to a new location and makes every code that may have been accepted since unusable. */
inline void restore(const std::string &backup, const std::string &location, const options &options) {
    detail::failure failure;
    const char *from = detail::c_str(backup, "backup");
    const char *to = detail::c_str(location, "location");
    failure.check(otpkeep_restore(from, to, options.get(), failure.out()));
}

} // namespace otpkeep

#endif
