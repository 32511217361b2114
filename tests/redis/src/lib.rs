//! The tests of the Redis server over real sockets. Everything is in `scenarios` and `memory.rs`; there is no library.
