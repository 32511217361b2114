//! Actors that a macro writes.

/// Writes a cell for values of a type.
#[macro_export]
macro_rules! cell {
    ($(#[$attr:meta])* $vis:vis struct $name:ident($ty:ty), $get:ident, $set:ident($argument:ident)) => {
        $(#[$attr])*
        #[derive(Debug, Default)]
        $vis struct $name($ty);

        #[$crate::made::reexported::actor(crate = $crate::made::reexported)]
        impl $name {
            /// What is in the cell.
            #[handler]
            $vis fn $get(&self) -> $ty {
                self.0.clone()
            }

            /// Puts something else in, and returns what was there.
            #[handler]
            $vis fn $set(&mut self, $argument: $ty, _more: Option<Box<$ty>>) -> $ty {
                ::std::mem::replace(&mut self.0, $argument)
            }
        }
    };
}

#[doc(hidden)]
pub use actor_core as reexported;

cell!(
    /// A cell for a number.
    pub struct Number(u64), number, put_number(message)
);

cell!(
    /// A cell for a text, beside the other.
    pub struct Text(String), text, put_text(ctx)
);
