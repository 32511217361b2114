//! The forms in which actors may be written. That they compile without a warning is most of each test; what they do is
//! asked in passing.

#![deny(warnings, clippy::all, clippy::pedantic)]
#![allow(
    clippy::many_single_char_names,
    clippy::needless_arbitrary_self_type,
    clippy::new_ret_no_self,
    clippy::too_many_arguments,
    clippy::type_complexity,
    clippy::unused_unit,
    clippy::wrong_self_convention,
    reason = "forms that somebody may write, not forms to imitate"
)]

mod attributes;
mod elsewhere;
mod generics;
mod names;
mod places;
mod signatures;
