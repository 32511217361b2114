//! The Redis server as its clients see it: over real sockets, most of it through the `redis` client library.

mod bad_input;
mod commands;
mod crashes;
mod model;
mod model_test;
mod pipelines;
mod pubsub;
mod shutdown;
mod slow_readers;
mod wire;
