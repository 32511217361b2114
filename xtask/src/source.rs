//! Source files, and what of them is code: without comments and without the insides of literals.
//!
//! Not a parser. It knows just enough of Rust's tokens to tell a word in code from the same word in a comment or a
//! string; what macros make of the words it cannot know.

use std::path::{Path, PathBuf};

pub(crate) struct Source {
    /// From the project's root.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// The text with blanks for comments and literals; the lines stay where they are.
    pub(crate) code: String,
}

impl Source {
    pub(crate) fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { path: path.into(), code: code(&text), text }
    }

    pub(crate) fn all() -> Vec<Self> {
        let files = files(Path::new(""), "rs");
        files
            .into_iter()
            .filter_map(|path| Some(Self::new(&path, std::fs::read_to_string(&path).ok()?)))
            .collect()
    }

    pub(crate) fn is_below(&self, folder: &str) -> bool {
        self.path.starts_with(folder)
    }

    /// Where a word stands in the code as a word of its own, as (line from 1, what follows it up to the line's end).
    pub(crate) fn uses<'a>(&'a self, word: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
        let named = word.starts_with(part_of_name);
        let ends_named = word.ends_with(part_of_name);
        (1..).zip(self.code.lines()).flat_map(move |(number, line)| {
            line.match_indices(word).filter_map(move |(at, _)| {
                let after = &line[at + word.len()..];
                let longer = (named && line[..at].ends_with(part_of_name))
                    || (ends_named && after.starts_with(part_of_name));
                (!longer).then_some((number, after))
            })
        })
    }

    /// A complaint about one of its lines.
    pub(crate) fn at(&self, line: usize, what: impl std::fmt::Display) -> String {
        format!("{}:{line}: {what}", self.path.display())
    }

    /// Its `//!` lines.
    pub(crate) fn module_doc(&self) -> impl Iterator<Item = &str> {
        self.text.lines().take_while(|line| line.starts_with("//!"))
    }
}

/// The files with an extension below a folder, sorted; without what is built or hidden.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(here).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let path = folder.join(&name);
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if name != "target" && !name.to_string_lossy().starts_with('.') {
                found.extend(files(&path, extension));
            }
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after_name = out.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let (hidden, keep) = match first {
            '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), ""),
            '/' if rest.starts_with("/*") => (block_comment(rest), ""),
            '"' => (string(rest), "\"\""),
            'r' | 'b' | 'c' if !after_name => match prefixed_string(rest) {
                Some(length) => (length, "\"\""),
                None => (0, ""),
            },
            '\'' => (character(rest), "' '"),
            _ => (0, ""),
        };
        if hidden == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            out.push_str(keep);
            out.extend(rest[..hidden].chars().filter(|&c| c == '\n'));
            rest = &rest[hidden..];
        }
    }
    out
}

/// Block comments nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `r"…"`, `r#"…"#`, `b"…"`, `br"…"`, `c"…"`, `cr"…"`; a raw name like `r#type` is none.
fn prefixed_string(text: &str) -> Option<usize> {
    let prefix = text.len() - text.trim_start_matches(['b', 'c', 'r']).len();
    let raw = text[..prefix].ends_with('r');
    let hashes = text[prefix..].len() - text[prefix..].trim_start_matches('#').len();
    let body = text[prefix + hashes..].strip_prefix('"')?;
    match (raw, hashes) {
        (true, _) => {
            let end = format!("\"{}", "#".repeat(hashes));
            let length = body.find(&end).map_or(body.len(), |at| at + end.len());
            Some(prefix + hashes + 1 + length)
        }
        (false, 0) => Some(prefix + string(&text[prefix..])),
        (false, _) => None,
    }
}

/// A character literal; 0 for a lifetime, which has no closing quote.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((escaped, _))) => {
            text[escaped + 1..].find('\'').map_or(0, |at| escaped + at + 2)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_not_code() {
        for (text, expected) in [
            ("a // unsafe\nb", "a \nb"),
            ("a /* x /* y */ z */ b", "a  b"),
            (r#"f("unsafe \" {")"#, r#"f("")"#),
            ("r#\"unsafe \"quoted\" \"# b", "\"\" b"),
            ("b\"unsafe\" br\"x\" c", "\"\" \"\" c"),
            ("r#type", "r#type"),
            ("f('\"', '\\'', '\\u{1F}')", "f(' ', ' ', ' ')"),
            ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
            ("\"two\nlines\" end", "\"\"\n end"),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }

    #[test]
    fn a_use_is_a_whole_word_with_its_line() {
        let source = Source::new("x.rs", "// unsafe\nunsafe_code\nan unsafe fn\n");
        assert_eq!(source.uses("unsafe").collect::<Vec<_>>(), [(3, " fn")]);
    }
}
