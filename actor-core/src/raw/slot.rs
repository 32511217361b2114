//! Room for one value whose type is forgotten: in place if the value is small, else in a box.
//!
//! Invariant: a slot that is made of a `T` holds it until [`Slot::take`], and its bytes are a `T` if [`in_place`] says so of
//! that type and a `Box<T>` if not. Only the maker knows the `T`, so whoever looks in must vouch for it.
//! Invariant: nothing points into a slot but what was borrowed from it. So it may be moved.
//!
//! A slot by itself drops nothing.

use std::mem::MaybeUninit;

/// Six words hold most messages with the way back to their asker. With the pointer to the table an envelope is 56 bytes, of
/// which a move costs some 2 ns; a box would cost 20.
const WORDS: usize = 6;

/// Uninitialised bytes and pointers survive a move in it, since an array of words has no padding.
pub(super) struct Slot(MaybeUninit<[usize; WORDS]>);

const fn in_place<T>() -> bool {
    size_of::<T>() <= size_of::<Slot>() && align_of::<T>() <= align_of::<Slot>()
}

impl Slot {
    /// Makes a slot there, and writes no more than the value.
    ///
    /// # Safety
    ///
    /// The memory is a slot's, and the caller's.
    #[inline]
    pub(super) unsafe fn write<T>(at: *mut Self, value: T) {
        if in_place::<T>() {
            // SAFETY: `in_place` has compared size and alignment, and the bytes are the caller's.
            unsafe { at.cast::<T>().write(value) };
        } else {
            // SAFETY: a box of a sized type is one word, and the bytes are the caller's.
            unsafe { at.cast::<Box<T>>().write(Box::new(value)) };
        }
    }

    /// # Safety
    ///
    /// The slot was made of a `T`, which has not been taken.
    #[cfg(any(test, feature = "testing"))]
    pub(super) unsafe fn look_into<T>(&mut self) -> &mut T {
        let at = self.0.as_mut_ptr();
        if in_place::<T>() {
            // SAFETY: by the caller's word the bytes are a `T`, and `self` stays borrowed exclusively.
            unsafe { &mut *at.cast::<T>() }
        } else {
            // SAFETY: by the caller's word the bytes are a `Box<T>`, and `self` stays borrowed exclusively.
            unsafe { &mut *at.cast::<Box<T>>() }
        }
    }

    /// Moves the value out.
    ///
    /// # Safety
    ///
    /// The slot was made of a `T`, which has not been taken.
    #[inline]
    pub(super) unsafe fn take<T>(&mut self) -> T {
        let at = self.0.as_ptr();
        if in_place::<T>() {
            // SAFETY: by the caller's word the bytes are a `T`, and nobody is going to read them again.
            unsafe { at.cast::<T>().read() }
        } else {
            // SAFETY: by the caller's word the bytes are a `Box<T>`, and nobody is going to read them again.
            unsafe { *at.cast::<Box<T>>().read() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(align(32))]
    struct Aligned(u8);

    fn through<T, U>(value: T, look: impl Fn(&T) -> U) -> (U, T) {
        let mut slot = std::mem::MaybeUninit::uninit();
        // SAFETY: made of a `T` first, and taken once.
        unsafe {
            Slot::write(slot.as_mut_ptr(), value);
            let mut slot: Slot = slot.assume_init();
            let seen = look(slot.look_into::<T>());
            let mut moved = std::hint::black_box(slot);
            (seen, moved.take::<T>())
        }
    }

    #[test]
    fn small_values_lie_in_place_and_others_in_a_box() {
        assert!(in_place::<()>() && in_place::<[usize; WORDS]>() && in_place::<Box<u8>>());
        assert!(!in_place::<[u8; size_of::<Slot>() + 1]>() && !in_place::<Aligned>());
    }

    #[test]
    fn what_goes_in_comes_out() {
        assert_eq!(through((), |()| ()), ((), ()));
        assert_eq!(through(String::from("bread"), String::len), (5, String::from("bread")));
        assert_eq!(through([7_usize; 6], |all| all[5]), (7, [7; 6]));
        assert_eq!(through([7_u8; 1_000], |all| all[999]), (7, [7; 1_000]));
        assert_eq!(through(Aligned(3), |it| std::ptr::from_ref(it).addr() % 32).0, 0);
        assert_eq!(through(Aligned(3), |it| it.0).1.0, 3);
    }
}
