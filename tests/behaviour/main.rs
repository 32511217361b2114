//! The behaviour of actors, through the public API: one scenario a test, named as a sentence.

mod smoke;
