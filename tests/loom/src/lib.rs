//! Nothing: the tests are beside it, each a program of its own.
