//! Makes a keep with so many keys: `fill <path> <keys>`.

fn main() {
    let mut arguments = std::env::args().skip(1);
    if let (Some(path), Some(keys)) = (arguments.next(), arguments.next().and_then(|keys| keys.parse().ok())) {
        otpkeep_benches::fill(path.as_ref(), keys);
    }
}
