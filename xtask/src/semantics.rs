//! SEMANTICS.md: each row of the contract names a test that exists, or says "not yet".
//!
//! A test is named by its path: `behaviour::identity::a_name_survives` is the function `a_name_survives` in the file or
//! module `identity` of `tests/behaviour`; or by a file: `actor-macros/tests/ui/missing.rs`. Whether the test proves the
//! row is for a reader to judge; that it runs, the `tests` step shows.

use std::path::Path;

use crate::markdown::{code_spans, table_rows};
use crate::source::Source;
use crate::step::{Failure, Outcome, verdict};
use crate::tools;

const NOT_YET: &str = "not yet";

pub(crate) fn check() -> Outcome {
    let text = tools::read("SEMANTICS.md")?;
    let sources = Source::all();
    let complaints = complaints(&text, &|name| exists(name, &sources))?;
    verdict(complaints)
}

fn complaints(text: &str, exists: &dyn Fn(&str) -> bool) -> Result<Vec<String>, Failure> {
    let mut complaints = Vec::new();
    let mut column = None;
    let (mut held, mut open) = (0, 0);
    for row in table_rows(text) {
        if row.header {
            // A table without such a column is none of the contract's.
            column = row.cells.iter().position(|cell| cell.to_lowercase().contains("test"));
            continue;
        }
        let Some(column) = column else { continue };
        let at = format!("SEMANTICS.md:{}", row.line);
        let cell = row.cells.get(column).copied().unwrap_or_default();
        let names: Vec<&str> =
            code_spans(cell).filter(|span| span.contains("::") || span.contains('/')).collect();
        let unmet = cell.to_lowercase().contains(NOT_YET);
        if names.is_empty() && !unmet {
            complaints.push(format!("{at}: name the test that holds this, or say \"{NOT_YET}\""));
        }
        complaints.extend(
            names.iter().filter(|name| !exists(name)).map(|name| format!("{at}: there is no test `{name}`")),
        );
        if unmet { open += 1 } else { held += 1 }
    }
    if held + open == 0 {
        return Err(Failure::new("SEMANTICS.md: no table has a column for tests"));
    }
    println!("{held} rows are held by tests, {open} are not, or not wholly");
    Ok(complaints)
}

fn exists(name: &str, sources: &[Source]) -> bool {
    if name.contains('/') {
        return sources.iter().any(|source| source.path == Path::new(name));
    }
    let mut modules: Vec<&str> = name.split("::").collect();
    let Some(function) = modules.pop() else { return false };
    sources.iter().any(|source| {
        // The crate's name and each module is a part of the file's path, or a module in the file.
        let lives_here = modules.iter().all(|module| {
            is_part(&source.path, module) || source.uses("mod ").any(|(_, name)| names(name, module))
        });
        lives_here && has_test(source, function)
    })
}

fn is_part(path: &Path, module: &str) -> bool {
    path.with_extension("").iter().any(|part| part.to_string_lossy().replace('-', "_") == module)
}

/// Whether a function of that name stands there with an attribute like `#[test]` or `#[actor_core::test(paused)]`.
fn has_test(source: &Source, function: &str) -> bool {
    let lines: Vec<&str> = source.code.lines().collect();
    source.uses("fn ").filter(|(_, after)| names(after, function)).any(|(number, _)| {
        let above = lines[..number].iter().rev().map(|line| line.trim());
        above
            .take_while(|line| line.starts_with("#[") || line.is_empty() || names_function(line, function))
            .any(is_test)
    })
}

fn is_test(line: &str) -> bool {
    let Some(attribute) = line.strip_prefix("#[") else { return false };
    let path = attribute.split(['(', ']']).next().unwrap_or_default();
    path.rsplit("::").next() == Some("test")
}

fn names_function(line: &str, function: &str) -> bool {
    line.split_once("fn ").is_some_and(|(_, after)| names(after, function))
}

/// Whether a text begins with just that name.
fn names(text: &str, name: &str) -> bool {
    text.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rows: &str) -> Vec<String> {
        let text = format!("| Promise | Test |\n|---|---|\n{rows}\n");
        complaints(&text, &|name| name == "behaviour::mail::order_is_kept").unwrap()
    }

    #[test]
    fn a_row_names_a_real_test_or_says_not_yet() {
        assert_eq!(found("| `A::b` in order | `behaviour::mail::order_is_kept` |"), [""; 0]);
        assert_eq!(found("| Streams | not yet |"), [""; 0]);
        assert_eq!(found("| In order | `behaviour::mail::order` |").len(), 1);
        assert_eq!(found("| In order | surely |").len(), 1);
        assert_eq!(
            found(
                "| In order | `behaviour::mail::order_is_kept`, `behaviour::mail::gone`; the rest not yet |"
            )
            .len(),
            1
        );
    }

    #[test]
    fn without_a_table_the_contract_is_missing() {
        assert!(complaints("words", &|_| true).is_err());
    }

    #[test]
    fn a_test_is_found_by_its_modules_and_its_attribute() {
        let sources = [Source::new(
            "tests/behaviour/mail.rs",
            "#[actor_core::test(paused)]\n/// Doc.\nasync fn order_is_kept() {}\n\nfn no_test() {}\n\nmod deep {\n    #[test]\n    fn below() {}\n}\n",
        )];
        assert!(exists("behaviour::mail::order_is_kept", &sources));
        assert!(exists("behaviour::mail::deep::below", &sources));
        assert!(exists("tests/behaviour/mail.rs", &sources));
        assert!(!exists("behaviour::mail::no_test", &sources));
        assert!(!exists("behaviour::mail::order", &sources));
        assert!(!exists("behaviour::post::order_is_kept", &sources));
    }
}
