/*
 * otpkeep: TOTP keys in an encrypted keep, their codes validated exactly once.
 *
 * This file is written by `cargo run -p otpkeep-header` from the sources of the library in bindings/c/src.
 *
 * How every function behaves
 * --------------------------
 * Arguments.  The object that a function acts on comes first, inputs next, outputs after them, and the error last.
 * Inputs are only read, and never kept after the call. Texts are UTF-8 and end with NUL. NULL is refused with
 * OTPKEEP_INVALID_ARGUMENT in every place whose description does not allow it.
 *
 * Results.  A function that can fail returns an otpkeep_status: OTPKEEP_OK (0), or why not. Outputs are cleared when the
 * call begins and set only when it succeeds. Accessors cannot fail: for NULL they return 0 or NULL.
 *
 * Errors.  `error` may be NULL. If it is not, `*error` is set to NULL by a success, and by a failure to an object that is
 * yours: free it with otpkeep_error_free before you use the variable again. Setters have no `error`: they fail only for a
 * value that is NULL, of a wrong size or not UTF-8. There is no global "last error".
 *
 * Ownership.  Each type of object has one `_free` (the handle has otpkeep_close), which takes NULL too. What an accessor
 * returns belongs to the object and is valid until the object is freed. No function consumes what you pass to it. All
 * secrets that the library holds are zeroed when they are freed; the buffers that you pass are yours to clear.
 *
 * Threads.  A handle may be used by any number of threads at once. An object of any other type may be read by many
 * threads at once, but changed or freed only while no other thread uses it.
 *
 * Processes.  Any number of processes may have a keep open. After `fork` the child gets OTPKEEP_FORKED from a handle that
 * it inherited: it closes that and opens the keep anew. Do not open the file with another copy of SQLite.
 *
 * Times are Unix seconds: whole seconds since 1970-01-01T00:00:00Z.
 */
