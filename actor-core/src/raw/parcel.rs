//! A message whose type is forgotten, with a static table of functions that still know it.
//!
//! Invariant: `table` is the table of the type that `slot` was made of, and stays so for the parcel's life. Every function
//! in it is called with that slot only.
//! Invariant: the slot is full until a method that consumes the parcel, or its drop, has taken what is in it. Those methods
//! keep the drop from running before they do, so that a panic on the way takes nothing twice.

use std::any::TypeId;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::Context;

use super::block::made;
use super::blocks::Charge;
use super::front::Taking;
use super::slot::Slot;
use super::stage::{Begun, Lent, Stage};
use crate::error::Undelivered;
use crate::mailbox::Lane;
#[cfg(feature = "testing")]
use crate::mailbox::envelope::Turn;
use crate::mailbox::envelope::{Bounced, Deliver};

/// `pub` only because it stands in a sealed trait; nobody outside can name it.
pub struct Parcel<A> {
    /// Lives for ever. A reference would say so, and bound the type of every reference to an actor.
    table: NonNull<Table<A>>,
    slot: Slot,
    contents: PhantomData<dyn Send>,
}

// SAFETY: the contents are `Send`, since `Deliver` says so, and a table of functions is everybody's. The actor's type is
// only named. It is not `Sync`, as the contents need not be.
unsafe impl<A> Send for Parcel<A> {}

/// Constants where they will do, so that they cost no call.
///
/// Each function is unsafe because it believes that the slot was made of its type.
struct Table<A> {
    lane: Lane,
    notice: bool,
    type_id: TypeIdOf,
    message_type: fn() -> &'static str,
    #[cfg(feature = "testing")]
    claim: unsafe fn(&mut Slot) -> Turn,
    begin: Begin<A>,
    bounce: unsafe fn(&mut Slot, Undelivered) -> Bounced,
    discard: unsafe fn(&mut Slot),
}

type Begin<A> =
    unsafe fn(*mut Slot, Option<&mut Taking<'_, Parcel<A>>>, Pin<&mut Stage<A>>, &mut Context<'_>) -> Begun;

/// A function, as `TypeId::of` is not one for constants in the oldest compiler that is supported.
type TypeIdOf = fn() -> TypeId;

impl<A> Parcel<A> {
    const fn table_of<D: Deliver<A>>() -> &'static Table<A>
    where
        A: 'static,
    {
        const {
            &Table {
                lane: D::LANE,
                notice: D::NOTICE,
                type_id: TypeId::of::<D>,
                message_type: D::message_type,
                #[cfg(feature = "testing")]
                claim: claim::<A, D>,
                begin: begin::<A, D>,
                bounce: bounce::<A, D>,
                discard: discard::<D>,
            }
        }
    }

    pub(crate) fn new<D: Deliver<A>>(contents: D) -> Self
    where
        A: 'static,
    {
        made(|at| Self::new_at(contents, at))
    }

    /// Writes no more than there is: what is copied whole, with bytes that nobody wrote, makes the processor wait.
    #[inline]
    pub(crate) fn new_at<D: Deliver<A>>(contents: D, at: &mut MaybeUninit<Self>) -> &mut Self
    where
        A: 'static,
    {
        let this = at.as_mut_ptr();
        // SAFETY: both fields of what is borrowed are written, after which it is a parcel; the third has no size.
        unsafe {
            (&raw mut (*this).table).write(NonNull::from(Self::table_of::<D>()));
            Slot::write(&raw mut (*this).slot, contents);
            &mut *this
        }
    }

    fn table(&self) -> &Table<A> {
        // SAFETY: it comes from a reference that holds for ever.
        unsafe { self.table.as_ref() }
    }

    pub(crate) fn lane(&self) -> Lane {
        self.table().lane
    }

    pub(crate) fn is_notice(&self) -> bool {
        self.table().notice
    }

    pub(crate) fn message_type(&self) -> &'static str {
        (self.table().message_type)()
    }

    #[cfg(feature = "testing")]
    pub(crate) fn claim(&mut self) -> Turn {
        let claim = self.table().claim;
        // SAFETY: the table is the slot's, and the slot is full while there is a `self`.
        unsafe { claim(&mut self.slot) }
    }

    pub(super) fn begin(self, stage: Pin<&mut Stage<A>>, cx: &mut Context<'_>) -> Begun {
        let mut this = ManuallyDrop::new(self);
        let begin = this.table().begin;
        // SAFETY: the table is the slot's, and the slot, which was full, is never looked at again.
        unsafe { begin(&mut this.slot, None, stage, cx) }
    }

    /// The same for one that still lies in its queue.
    #[inline]
    pub(super) fn begin_there(
        mut taking: Taking<'_, Self>,
        stage: Pin<&mut Stage<A>>,
        cx: &mut Context<'_>,
    ) -> Begun {
        let this = taking.content();
        // SAFETY: what is being taken is a parcel, and ours. The table is the slot's, and as it is full, so is the slot; `begin`
        // takes the contents out, and then says so.
        unsafe { ((*this).table.as_ref().begin)(&raw mut (*this).slot, Some(&mut taking), stage, cx) }
    }

    pub(crate) fn bounce(self, why: Undelivered) -> Bounced {
        let mut this = ManuallyDrop::new(self);
        let bounce = this.table().bounce;
        // SAFETY: the table is the slot's, and the slot, which was full, is never looked at again.
        unsafe { bounce(&mut this.slot, why) }
    }

    /// The contents, if they are a `D`.
    pub(crate) fn open<D: 'static>(self) -> Result<D, Self> {
        if (self.table().type_id)() != TypeId::of::<D>() {
            return Err(self);
        }
        let mut this = ManuallyDrop::new(self);
        // SAFETY: the slot was made of the type whose id is in its table, and is never looked at again.
        Ok(unsafe { this.slot.take::<D>() })
    }
}

impl<A> Charge for Parcel<A> {
    type Host = Lent<A>;

    fn is_charged(&self) -> bool {
        !self.is_notice()
    }
}

impl<A> Drop for Parcel<A> {
    fn drop(&mut self) {
        let discard = self.table().discard;
        // SAFETY: the table is the slot's; the slot is full, since what takes from it keeps this drop from running.
        unsafe { discard(&mut self.slot) }
    }
}

#[cfg(feature = "testing")]
unsafe fn claim<A, D: Deliver<A>>(slot: &mut Slot) -> Turn {
    // SAFETY: whoever calls vouches for a full slot of a `D`.
    unsafe { slot.look_into::<D>() }.claim()
}

unsafe fn begin<A: 'static, D: Deliver<A>>(
    slot: *mut Slot,
    taking: Option<&mut Taking<'_, Parcel<A>>>,
    stage: Pin<&mut Stage<A>>,
    cx: &mut Context<'_>,
) -> Begun {
    // SAFETY: whoever calls vouches for a full slot of a `D`, and does not look into it again.
    let contents = unsafe { (*slot).take::<D>() };
    if let Some(taking) = taking {
        // SAFETY: all that was in it has just been taken out.
        unsafe { taking.left(!D::NOTICE) };
    }
    stage.take_on(contents, cx)
}

unsafe fn bounce<A, D: Deliver<A>>(slot: &mut Slot, why: Undelivered) -> Bounced {
    // SAFETY: whoever calls vouches for a full slot of a `D`, and does not look into it again.
    unsafe { slot.take::<D>() }.bounce(why)
}

unsafe fn discard<D>(slot: &mut Slot) {
    // SAFETY: whoever calls vouches for a full slot of a `D`, and does not look into it again.
    drop(unsafe { slot.take::<D>() });
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::rt::Arc;

    struct Nobody;

    /// Contents of any size that tell of their drop by the count of an `Arc`.
    struct Counted<const SIZE: usize>(Arc<()>, [u8; SIZE]);

    impl<const SIZE: usize> Deliver<Nobody> for Counted<SIZE> {
        fn message_type() -> &'static str {
            "counted"
        }

        async fn handle<'a>(self, _actor: &'a mut Nobody, _ctx: &'a mut crate::context::Context<Nobody>) {}

        fn bounce(self, _why: Undelivered) -> Bounced {
            Bounced::Letter(Some(Box::new(self.0)))
        }
    }

    /// Contents whose destructor panics.
    struct Hostile(#[expect(dead_code, reason = "it is held for its drop")] Arc<()>);

    impl Drop for Hostile {
        fn drop(&mut self) {
            panic!("a hostile destructor");
        }
    }

    impl Deliver<Nobody> for Hostile {
        const LANE: Lane = Lane::High;
        const NOTICE: bool = true;

        fn message_type() -> &'static str {
            "hostile"
        }

        fn claim(&mut self) -> Turn {
            panic!("a hostile claim")
        }

        async fn handle<'a>(self, _actor: &'a mut Nobody, _ctx: &'a mut crate::context::Context<Nobody>) {}

        fn bounce(self, _why: Undelivered) -> Bounced {
            Bounced::Nothing
        }
    }

    fn caught<T>(code: impl FnOnce() -> T) -> bool {
        catch_unwind(AssertUnwindSafe(code)).is_err()
    }

    fn dropped_once_however_it_goes<const SIZE: usize>() {
        let alive = Arc::new(());
        let parcel = || Parcel::<Nobody>::new(Counted(alive.clone(), [1; SIZE]));
        let (first, second, third, fourth) = (parcel(), parcel(), parcel(), parcel());
        assert_eq!(Arc::strong_count(&alive), 5);
        drop(first);
        assert_eq!(Arc::strong_count(&alive), 4);
        assert!(matches!(second.bounce(Undelivered::Full), Bounced::Letter(Some(_))));
        assert_eq!(Arc::strong_count(&alive), 3);
        let Err(third) = third.open::<String>() else { panic!("it is no string") };
        let Ok(counted) = third.open::<Counted<SIZE>>() else { panic!("it is what it is") };
        assert!(counted.1.iter().all(|&byte| byte == 1));
        drop(counted);
        assert_eq!(Arc::strong_count(&alive), 2);
        let all = vec![fourth];
        drop(std::hint::black_box(all));
        assert_eq!(Arc::strong_count(&alive), 1);
    }

    #[test]
    fn contents_in_place_are_dropped_once_however_they_go() {
        dropped_once_however_it_goes::<0>();
        dropped_once_however_it_goes::<40>();
    }

    #[test]
    fn contents_in_a_box_are_dropped_once_however_they_go() {
        dropped_once_however_it_goes::<41>();
        dropped_once_however_it_goes::<4_000>();
    }

    #[test]
    fn a_panic_in_foreign_code_drops_nothing_twice() {
        let alive = Arc::new(());
        let mut parcel = Parcel::<Nobody>::new(Hostile(alive.clone()));
        assert!(caught(|| parcel.claim()));
        assert_eq!(Arc::strong_count(&alive), 2);
        assert!(caught(move || drop(parcel)));
        assert_eq!(Arc::strong_count(&alive), 1);
        let parcel = Parcel::<Nobody>::new(Hostile(alive.clone()));
        assert!(caught(move || parcel.bounce(Undelivered::Full)));
        assert_eq!(Arc::strong_count(&alive), 1);
    }

    #[test]
    fn what_is_the_same_for_a_type_stands_in_its_table() {
        let parcel = Parcel::<Nobody>::new(Hostile(Arc::new(())));
        assert_eq!((parcel.lane(), parcel.is_notice()), (Lane::High, true));
        assert_eq!(parcel.message_type(), "hostile");
        assert!(caught(move || drop(parcel)));
        assert_eq!(size_of::<Parcel<Nobody>>(), 56);
    }
}
