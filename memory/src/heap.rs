//! A heap on which what is given back is cleared.

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator, except that memory is zeroed before it is given back, and before a block that grows moves.
///
/// Types that zero themselves cannot answer for what other libraries copy: a JSON text on its way, the working memory
/// of a QR or PNG encoder, a vector that grows. A program that keeps secrets makes this its `#[global_allocator]`; the
/// test of core dumps shows what it is worth.
pub struct ClearingAllocator;

// SAFETY: every block is the system's, made and given back with the same layout.
unsafe impl GlobalAlloc for ClearingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    // `realloc` stays the trait's own: a new block, a copy, and `dealloc`, which clears.
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block has the layout's size, and the caller is done with it.
        unsafe {
            block.write_bytes(0, layout.size());
            // The block is given to somebody who might read it, so that the compiler must write the zeros.
            System.dealloc(std::hint::black_box(block), layout);
        }
    }
}
