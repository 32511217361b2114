//! The mistakes that people make, and what the compiler says of them.
//!
//! A mistake is a file in `mistakes`, named by what is wrong. Its first line says it in words; `Says:` gives what the
//! first lines of the message must contain: the user's own token, or the fix. The whole message stands in the `.stderr`
//! beside it. CONTRIBUTING.md says how those are renewed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler whose words the `.stderr` files have. Another one may word its part of a message otherwise.
const WRITTEN_BY: &str = "rustc 1.95";

/// Of the message, what somebody reads before scrolling.
const FIRST_LINES: usize = 25;

/// Mistakes with more than one error, and why.
const SEVERAL: &[(&str, usize, &str)] = &[
    ("actor_not_send", 2, "a handler is for an actor, and an actor is `Send`: both bounds are told"),
    ("by_hand_message_not_send", 2, "the message is bound, and the handler's future holds it"),
    ("child_factory_not_send", 2, "`Send` and `Sync` are two bounds"),
    ("duplicate_name_in_another_block", 6, "whatever is written for a handler is there twice"),
    ("generic_undeclared", 3, "the parameter is not found wherever it stands"),
    ("handlers_without_actor", 2, "neither the actor nor its typed calls are found"),
    ("message_name_taken", 3, "the other type has no such fields"),
    ("second_actor_block", 4, "whatever is written for an actor is there twice"),
    ("unknown_type_in_argument", 2, "the type is found neither in the method nor in the message"),
];

#[test]
fn each_mistake_is_told_as_its_stderr_file_has_it() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("mistakes/*.rs");
    // The comparison takes place in the drop.
    if catch_unwind(AssertUnwindSafe(|| drop(cases))).is_err() {
        let compiler = compiler();
        let hint = if compiler.starts_with(WRITTEN_BY) {
            "If the new messages are better, renew the files"
        } else {
            "The compiler is another one: it may only put things otherwise. If so, renew the files and `WRITTEN_BY`"
        };
        panic!(
            "messages differ from the files, which are by {WRITTEN_BY}, under {compiler}. {hint}, with\n    \
             TRYBUILD=overwrite cargo test -p actor-ui-tests --test mistakes"
        );
    }
}

#[test]
fn each_mistake_has_one_error() {
    let mut wrong = Vec::new();
    for mistake in mistakes() {
        let name = name(&mistake);
        let errors = message(&mistake).lines().filter(|line| line.starts_with("error")).count();
        let expected =
            SEVERAL.iter().find(|(several, ..)| *several == name).map_or(1, |(_, errors, _)| *errors);
        if errors != expected {
            wrong.push(format!("{name}: {errors} errors instead of {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_first_lines_name_the_token_or_the_fix() {
    let mut wrong = Vec::new();
    for mistake in mistakes() {
        let first: String = message(&mistake).lines().take(FIRST_LINES).collect::<Vec<_>>().join("\n");
        let source = read(&mistake);
        let mut expected = source.lines().filter_map(|line| line.strip_prefix("//! Says: ")).peekable();
        if expected.peek().is_none() {
            wrong.push(format!("{}: has no `Says:`", name(&mistake)));
        }
        let missing = expected.filter(|says| !first.contains(says));
        wrong.extend(missing.map(|says| format!("{}: does not say {says}", name(&mistake))));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// With the compiler's component `rust-src` a message shows the standard library's source, and without it none: a file
/// with such a place would fail on half of all machines.
#[test]
fn no_message_leads_into_the_standard_library() {
    let leading = mistakes().into_iter().filter(|mistake| message(mistake).contains("--> $RUST"));
    assert_eq!(leading.map(|mistake| name(&mistake)).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn each_exception_is_a_mistake_that_exists() {
    let names: Vec<String> = mistakes().iter().map(|path| name(path)).collect();
    for (several, ..) in SEVERAL {
        assert!(names.iter().any(|name| name == several), "{several}");
    }
}

fn mistakes() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mistakes");
    let files = std::fs::read_dir(folder).expect("the mistakes are there");
    let paths = files.map(|file| file.expect("a file can be looked at").path());
    let mut found: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|kind| kind == "rs")).collect();
    found.sort();
    found
}

fn name(mistake: &Path) -> String {
    mistake.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn message(mistake: &Path) -> String {
    read(&mistake.with_extension("stderr"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().expect("the compiler says its version");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
