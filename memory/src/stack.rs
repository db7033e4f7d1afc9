//! What a computation leaves behind on the stack and in registers.
//!
//! A key is moved, spilled and loaded by whatever computes with it, and what a function leaves in its frame stays there
//! until another frame happens to cover it. No type can clear what the compiler copied; the caller can, when all is
//! done, since the whole stack below it is free by then.

use std::hint::black_box;
use std::mem::MaybeUninit;

/// Bytes below the caller that are cleared. What computes with secrets lies well within; deeper frames are those of
/// SQLite, which sees sealed rows only. The test of core dumps would find what lay deeper.
const CLEARED_BYTES: usize = 16 * 1024;

/// Runs `work` and clears the part of the stack that it used, and the vector registers (x86-64 alone).
///
/// What `work` returns is not cleared. Frames of more than 16 KiB below the caller stay as they are.
pub fn clear_after<T>(work: impl FnOnce() -> T) -> T {
    let result = apart(work);
    clear_stack();
    clear_registers();
    result
}

/// Runs `work` in a frame of its own, below the one that clears.
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}

#[inline(never)]
fn clear_stack() {
    let mut area = MaybeUninit::<[u8; CLEARED_BYTES]>::uninit();
    // SAFETY: the area is this function's own, and zeros are bytes.
    unsafe { area.as_mut_ptr().write_bytes(0, 1) };
    // Whoever might look at the area now sees zeros, so that they must be written.
    black_box(&mut area);
}

#[cfg(target_arch = "x86_64")]
fn clear_registers() {
    use std::arch::asm;
    if std::is_x86_feature_detected!("avx512f") {
        // The C library copies through these, since they need no `vzeroupper`.
        // SAFETY: the instructions write the registers that are named as written, which this processor has.
        unsafe {
            asm!(
                "vpxord zmm16, zmm16, zmm16", "vpxord zmm17, zmm17, zmm17", "vpxord zmm18, zmm18, zmm18",
                "vpxord zmm19, zmm19, zmm19", "vpxord zmm20, zmm20, zmm20", "vpxord zmm21, zmm21, zmm21",
                "vpxord zmm22, zmm22, zmm22", "vpxord zmm23, zmm23, zmm23", "vpxord zmm24, zmm24, zmm24",
                "vpxord zmm25, zmm25, zmm25", "vpxord zmm26, zmm26, zmm26", "vpxord zmm27, zmm27, zmm27",
                "vpxord zmm28, zmm28, zmm28", "vpxord zmm29, zmm29, zmm29", "vpxord zmm30, zmm30, zmm30",
                "vpxord zmm31, zmm31, zmm31",
                out("xmm16") _, out("xmm17") _, out("xmm18") _, out("xmm19") _, out("xmm20") _, out("xmm21") _,
                out("xmm22") _, out("xmm23") _, out("xmm24") _, out("xmm25") _, out("xmm26") _, out("xmm27") _,
                out("xmm28") _, out("xmm29") _, out("xmm30") _, out("xmm31") _,
                options(nomem, nostack, preserves_flags),
            );
        }
    }
    macro_rules! clear {
        ($($instruction:literal),*) => {
            // SAFETY: the instructions write the registers that are named as written, which this processor has.
            unsafe {
                asm!(
                    $($instruction),*,
                    out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _, out("xmm4") _, out("xmm5") _,
                    out("xmm6") _, out("xmm7") _, out("xmm8") _, out("xmm9") _, out("xmm10") _, out("xmm11") _,
                    out("xmm12") _, out("xmm13") _, out("xmm14") _, out("xmm15") _,
                    options(nomem, nostack, preserves_flags),
                );
            }
        };
    }
    if std::is_x86_feature_detected!("avx") {
        clear!("vzeroall");
    } else {
        clear!(
            "xorps xmm0, xmm0",
            "xorps xmm1, xmm1",
            "xorps xmm2, xmm2",
            "xorps xmm3, xmm3",
            "xorps xmm4, xmm4",
            "xorps xmm5, xmm5",
            "xorps xmm6, xmm6",
            "xorps xmm7, xmm7",
            "xorps xmm8, xmm8",
            "xorps xmm9, xmm9",
            "xorps xmm10, xmm10",
            "xorps xmm11, xmm11",
            "xorps xmm12, xmm12",
            "xorps xmm13, xmm13",
            "xorps xmm14, xmm14",
            "xorps xmm15, xmm15"
        );
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn clear_registers() {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Leaves a pattern in a frame, and says where.
    #[inline(never)]
    fn leave_a_trace() -> usize {
        let mut trace = [0_u8; 4096];
        trace.fill(0xa5);
        black_box(&mut trace).as_ptr().expose_provenance()
    }

    /// How many bytes of the pattern are left there.
    fn left_at(place: usize) -> usize {
        let read = |at| {
            // SAFETY: the stack below this frame is mapped, since it was used, and nobody writes it now.
            unsafe { std::ptr::with_exposed_provenance::<u8>(place + at).read_volatile() }
        };
        (0..4096).filter(|&at| read(at) == 0xa5).count()
    }

    #[test]
    fn the_stack_below_is_cleared() {
        // In a thread with a stack of its own. The control: without clearing, the trace stays.
        let traces = std::thread::spawn(|| {
            let left = left_at(apart(leave_a_trace));
            let cleared = left_at(clear_after(leave_a_trace));
            (left, cleared)
        });
        let (left, cleared) = traces.join().unwrap();
        assert!(left > 2048, "{left}");
        assert_eq!(cleared, 0);
    }

    #[test]
    fn what_the_work_returns_is_kept() {
        assert_eq!(clear_after(|| vec![1, 2, 3]), [1, 2, 3]);
        assert_eq!(clear_after(|| [7_u8; 512]), [7; 512]);
    }
}
