//! README.md may show only what is so: its programs are files of the repository, its output is what they print.
//!
//! A comment above a block ties it: `<!-- examples/counter/main.rs -->` (a file, or `file:anchor`) to a source,
//! `<!-- quickstart output -->` to what that example prints. A `rust` block without such a comment is refused, since
//! nothing would keep it compiling.

use crate::markdown::{Block, blocks};
use crate::step::{Failure, Outcome, verdict};
use crate::{listing, test, tools};

pub(crate) fn check() -> Outcome {
    let text = tools::read("README.md")?;
    let mut complaints = Vec::new();
    let mut shown = (0, 0);
    for block in blocks(&text) {
        let at = format!("README.md:{}", block.line);
        match block.marker.and_then(Tie::parse) {
            Some(Tie::Output(example)) => {
                shown.0 += 1;
                complaints.extend(differs(&at, &block, &test::output_of_example(example)?));
            }
            Some(Tie::Source(place)) => {
                shown.1 += 1;
                match source(place) {
                    Ok(real) => complaints.extend(differs(&at, &block, &real)),
                    Err(failure) => complaints.push(format!("{at}: {failure}")),
                }
            }
            None if block.language() == "rust" => {
                complaints.push(format!(
                    "{at}: name the compiled file: `<!-- examples/NAME/main.rs -->` above the block"
                ));
            }
            None => {}
        }
    }
    if shown.0 == 0 {
        complaints.push("README.md: no block is marked `<!-- quickstart output -->`".into());
    }
    if shown.1 == 0 {
        complaints.push("README.md: no program is marked `<!-- examples/NAME/main.rs -->`".into());
    }
    verdict(complaints)
}

#[derive(Debug, PartialEq)]
enum Tie<'a> {
    Output(&'a str),
    Source(&'a str),
}

impl<'a> Tie<'a> {
    fn parse(marker: &'a str) -> Option<Self> {
        if let Some(example) = marker.strip_suffix(" output") {
            return Some(Tie::Output(example.trim()));
        }
        (marker.contains(".rs") && !marker.contains(' ')).then_some(Tie::Source(marker))
    }
}

fn source(place: &str) -> Result<String, Failure> {
    match place.split_once(':') {
        None => Ok(listing::whole(&tools::read(place)?)),
        Some((path, anchor)) => listing::anchored(&tools::read(path)?, anchor)
            .ok_or_else(|| Failure::new(format!("{path} has no anchor `{anchor}`"))),
    }
}

/// Where block and reality part first. White space at the ends does not count.
fn differs(at: &str, block: &Block<'_>, real: &str) -> Option<String> {
    let shown = block.body.join("\n");
    let (shown, real) = (shown.trim(), real.trim());
    if shown == real {
        return None;
    }
    let line = shown.lines().zip(real.lines()).take_while(|(a, b)| a == b).count();
    let nth = |text: &str| text.lines().nth(line).unwrap_or("(the end)").to_owned();
    let number = line + 1;
    Some(format!("{at}: line {number} of the block is\n  {}\nbut should be\n  {}", nth(shown), nth(real)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_ties_a_block_to_a_file_or_to_an_output() {
        assert_eq!(Tie::parse("quickstart output"), Some(Tie::Output("quickstart")));
        assert_eq!(Tie::parse("examples/counter/main.rs"), Some(Tie::Source("examples/counter/main.rs")));
        assert_eq!(Tie::parse("just a remark"), None);
    }

    #[test]
    fn the_first_difference_is_shown() {
        let block = Block { line: 7, info: "text", body: vec!["one", "two"], marker: None };
        assert_eq!(differs("R:7", &block, "one\ntwo\n"), None);
        let complaint = differs("R:7", &block, "one\nthree\n").unwrap();
        assert!(complaint.contains("line 2") && complaint.contains("three"), "{complaint}");
    }
}
