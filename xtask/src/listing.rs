//! Pieces of source files that texts show, by the marks that mdBook reads: `ANCHOR: name` and `ANCHOR_END: name`.

/// The lines between the marks of `name`, without other marks. `None` if the file has no such anchor, or never ends it.
pub(crate) fn anchored(file: &str, name: &str) -> Option<String> {
    let mut piece = String::new();
    let mut inside = false;
    for line in file.lines() {
        match mark(line) {
            Some(Mark::Begin(found)) if found == name => inside = true,
            Some(Mark::End(found)) if found == name && inside => return Some(piece),
            None if inside => {
                piece.push_str(line);
                piece.push('\n');
            }
            _ => {}
        }
    }
    None
}

/// A whole file as a text shows it: without marks, and without the module doc, which says in the repository what the
/// text around a listing says to its reader.
pub(crate) fn whole(file: &str) -> String {
    let code = file.lines().skip_while(|line| line.starts_with("//!") || line.trim().is_empty());
    code.filter(|line| mark(line).is_none()).flat_map(|line| [line, "\n"]).collect()
}

enum Mark<'a> {
    Begin(&'a str),
    End(&'a str),
}

fn mark(line: &str) -> Option<Mark<'_>> {
    let name =
        |rest: &'static str| line.split_once(rest).and_then(|(_, name)| name.split_whitespace().next());
    name("ANCHOR_END:").map(Mark::End).or_else(|| name("ANCHOR:").map(Mark::Begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "//! Doc.\n\n// ANCHOR: outer\nfn a() {\n    // ANCHOR: inner\n    b();\n    // ANCHOR_END: inner\n}\n// ANCHOR_END: outer\n// ANCHOR: open\n";

    #[test]
    fn an_anchor_yields_what_it_encloses() {
        assert_eq!(anchored(FILE, "inner").unwrap(), "    b();\n");
        assert_eq!(anchored(FILE, "outer").unwrap(), "fn a() {\n    b();\n}\n");
    }

    #[test]
    fn an_anchor_that_is_missing_or_never_ends_yields_nothing() {
        assert_eq!(anchored(FILE, "inn"), None);
        assert_eq!(anchored(FILE, "open"), None);
    }

    #[test]
    fn a_whole_file_comes_without_doc_and_marks() {
        assert_eq!(whole(FILE), "fn a() {\n    b();\n}\n");
    }
}
