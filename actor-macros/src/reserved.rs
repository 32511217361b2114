//! The method names that a handler cannot have.

/// What an actor reference already answers to, sorted.
///
/// A typed call is found through `Deref`, after every method of the reference itself: a handler of one of these names
/// would compile, and `counter.stop()` would never reach it. So the names are refused. The list holds the inherent
/// methods of strong and weak references, and the methods of those traits in every program's prelude that the
/// references implement.
pub(crate) const NAMES: &[&str] = &[
    "ask",
    "blocking_ask",
    "blocking_tell",
    "clone",
    "clone_from",
    "clone_into",
    "deref",
    "detach",
    "downgrade",
    "drain",
    "epoch",
    "eq",
    "id",
    "into",
    "is_closed",
    "kill",
    "ne",
    "path",
    "queue_len",
    "recipient",
    "register",
    "stats",
    "status",
    "stop",
    "stopped",
    "tell",
    "to_owned",
    "try_into",
    "try_tell",
    "upgrade",
];

/// Whether a typed call of this name would be hidden.
pub(crate) fn is_reserved(name: &str) -> bool {
    NAMES.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_sorted_so_that_the_search_finds_each() {
        assert!(NAMES.is_sorted());
        assert!(NAMES.iter().all(|name| is_reserved(name)));
        assert!(!is_reserved("add"));
    }
}
