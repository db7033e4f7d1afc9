//! Another Rust library, with the whole standard library in it, to be linked into the same program.

/// The sum of the squares.
///
/// # Safety
/// `numbers` points to `count` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn neighbour_sum_of_squares(numbers: *const i32, count: usize) -> i32 {
    // SAFETY: the caller's promise is the same.
    let numbers = unsafe { std::slice::from_raw_parts(numbers, count) };
    let squares: Vec<i32> = numbers.iter().map(|number| number * number).collect();
    std::thread::spawn(move || squares.iter().sum()).join().unwrap_or(-1)
}

/// 1 when a panic in this library is stopped by this library.
#[unsafe(no_mangle)]
pub extern "C" fn neighbour_stops_a_panic() -> i32 {
    i32::from(std::panic::catch_unwind(|| panic!("expected in this test")).is_err())
}
