//! The house's rules: what a compiler does not check and a reviewer would forget.
//!
//! Each rule takes all the sources and returns its complaints. What a rule cannot see is said where it is defined; none
//! guesses: a complaint is always right, and a rule that could be wrong is not here.

mod rooms;
mod words;

use crate::source::Source;
use crate::step::{Outcome, verdict};

/// Past this a file is two rooms, or its module doc says why it is one. Tests do not count, in the file or as the file.
const LONG: usize = 400;

type Rule = fn(&[Source]) -> Vec<String>;

const RULES: &[Rule] = &[
    rooms::one_way,
    rooms::one_door_to_the_runtime,
    rooms::erasure,
    words::nowhere,
    words::unsafe_code,
    words::names,
    first_line,
    length,
];

pub(crate) fn check() -> Outcome {
    let sources = Source::all();
    verdict(RULES.iter().flat_map(|rule| rule(&sources)).collect())
}

/// A file begins by saying its job. The inputs of the macros' error tests are exempt: they are what a user might write.
fn first_line(sources: &[Source]) -> Vec<String> {
    let speaking = |source: &&Source| {
        source.text.lines().next().is_some_and(|line| line.len() > 4 && line.starts_with("//!"))
    };
    let ui_input =
        |source: &&Source| source.path.parent().is_some_and(|folder| folder.iter().any(|part| part == "ui"));
    let silent = sources.iter().filter(|source| !speaking(source) && !ui_input(source));
    silent.map(|source| source.at(1, "the first line says the file's job, as `//! …`")).collect()
}

fn length(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        let lines = source.code.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
        let tests_only = source.path.with_extension("").iter().any(|part| part == "tests");
        let explained = source.module_doc().any(|line| line.contains("Long because"));
        if lines > LONG && !tests_only && !explained {
            let what = format!("{lines} lines: split it, or say in the module doc `Long because …`");
            complaints.push(source.at(lines, what));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_its_job_first() {
        assert_eq!(first_line(&[Source::new("a.rs", "//! A room.\n")]), [""; 0]);
        assert_eq!(first_line(&[Source::new("a.rs", "use b;\n")]).len(), 1);
        assert_eq!(first_line(&[Source::new("a.rs", "//!\n")]).len(), 1);
        assert_eq!(first_line(&[Source::new("actor-macros/tests/ui/a.rs", "use b;\n")]), [""; 0]);
    }

    #[test]
    fn a_long_file_says_why() {
        let long = "fn f() {}\n".repeat(LONG + 1);
        assert_eq!(length(&[Source::new("a.rs", &long[10..])]), [""; 0]);
        assert_eq!(length(&[Source::new("a.rs", &*long)]).len(), 1);
        assert_eq!(
            length(&[Source::new("a.rs", format!("//! Long because it is a table.\n{long}"))]),
            [""; 0]
        );
        assert_eq!(length(&[Source::new("a.rs", format!("fn f() {{}}\n#[cfg(test)]\n{long}"))]), [""; 0]);
        for tests in ["tests/mail.rs", "actor-core/src/plan/tests.rs"] {
            assert_eq!(
                length(&[Source::new(tests, &*long)]),
                [""; 0],
                "a list of scenarios is as long as it is"
            );
        }
    }
}
