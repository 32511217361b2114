//! The list of mutations: how an entry is read, and what it makes of a file.

use crate::step::Failure;

pub(super) const LIST: &str = "tests/mutations.txt";

/// One promise turned into its opposite.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Mutation {
    pub(super) line: usize,
    pub(super) row: String,
    pub(super) mutant: String,
    edits: Vec<Edit>,
    pub(super) tests: Vec<String>,
}

/// Lines of a file and what stands there instead. The first and the last of them may be pieces of lines.
#[derive(Debug, PartialEq)]
pub(super) struct Edit {
    file: String,
    find: Vec<String>,
    put: Vec<String>,
}

impl Mutation {
    pub(super) fn is_wanted(&self, number: usize, wanted: &[String]) -> bool {
        let has = |word: &String| match word.parse() {
            Ok(wanted) => number == wanted,
            Err(_) => {
                let word = word.to_lowercase();
                self.row.to_lowercase().contains(&word)
                    || self.mutant.to_lowercase().contains(&word)
                    || self.tests.iter().any(|test| test.contains(&word))
            }
        };
        wanted.is_empty() || wanted.iter().any(has)
    }

    pub(super) fn name(&self, number: usize) -> String {
        format!("{number}. {}: {} ({LIST}:{})", self.row, self.mutant, self.line)
    }

    /// The files that it changes, as they are then.
    pub(super) fn changed(
        &self,
        read: impl Fn(&str) -> Result<String, Failure>,
    ) -> Result<Vec<(&str, String)>, Failure> {
        let mut changed: Vec<(&str, String)> = Vec::new();
        for edit in &self.edits {
            let at = changed.iter().position(|(file, _)| *file == edit.file);
            let text = match at {
                Some(at) => changed.swap_remove(at).1,
                None => read(&edit.file)?,
            };
            let text = edit.apply(&text).map_err(|times| {
                let wanted = edit.find.join("\n");
                Failure::new(format!(
                    "{LIST}:{}: in {} this is found {times} times:\n{wanted}",
                    self.line, edit.file
                ))
            })?;
            changed.push((&edit.file, text));
        }
        Ok(changed)
    }
}

impl Edit {
    /// The text with the edit made. An error says how often its place was found instead of once.
    fn apply(&self, text: &str) -> Result<String, usize> {
        let lines: Vec<&str> = text.lines().collect();
        let (Some(first), Some(last)) = (self.find.first(), self.find.last()) else { return Err(0) };
        let fits =
            |window: &&[&str]| window.iter().zip(&self.find).all(|(line, piece)| line.contains(&**piece));
        let times: usize = lines
            .windows(self.find.len())
            .filter(fits)
            .map(|window| if self.find.len() == 1 { window[0].matches(&**first).count() } else { 1 })
            .sum();
        let place = lines.windows(self.find.len()).position(|window| fits(&window));
        let (1, Some(place)) = (times, place) else { return Err(times) };
        let end = place + self.find.len();
        let before = lines[place].split_once(&**first).map_or("", |(before, _)| before);
        let after = lines[end - 1].rsplit_once(&**last).map_or("", |(_, after)| after);
        let middle = format!("{before}{}{after}", self.put.join("\n"));
        let all = lines[..place].iter().copied().chain([&*middle]).chain(lines[end..].iter().copied());
        Ok(all.flat_map(|line| [line, "\n"]).collect())
    }
}

pub(super) fn parse(text: &str) -> Result<Vec<Mutation>, Failure> {
    let mut mutations: Vec<Mutation> = Vec::new();
    let mut file = "";
    let mut open = false;
    for (number, line) in (1..).zip(text.lines()) {
        let wrong = |what: &str| Failure::new(format!("{LIST}:{number}: {what}"));
        if line.starts_with('#') {
            continue;
        }
        if line.trim().is_empty() {
            open = false;
            continue;
        }
        if !open {
            open = true;
            file = "";
            mutations.push(Mutation { line: number, ..Mutation::default() });
        }
        let Some(mutation) = mutations.last_mut() else { continue };
        if let Some(rest) = line.strip_prefix('-') {
            let fresh = mutation.edits.last().is_none_or(|edit| !edit.put.is_empty() || edit.file != file);
            if fresh {
                mutation.edits.push(Edit { file: file.to_owned(), find: Vec::new(), put: Vec::new() });
            }
            if let Some(edit) = mutation.edits.last_mut() {
                edit.find.push(rest.trim().to_owned());
            }
        } else if let Some(rest) = line.strip_prefix('+') {
            let edit = mutation.edits.last_mut().ok_or_else(|| wrong("`+` without a `-` before it"))?;
            edit.put.push(rest.trim().to_owned());
        } else {
            let (key, value) =
                line.split_once(": ").ok_or_else(|| wrong("a line is `key: value`, `- …` or `+ …`"))?;
            match key {
                "row" => mutation.row = value.to_owned(),
                "mutant" => mutation.mutant = value.to_owned(),
                "file" => file = value,
                "test" => mutation.tests = value.split_whitespace().map(str::to_owned).collect(),
                _ => return Err(wrong("the keys are row, mutant, file and test")),
            }
        }
    }
    let whole = |one: &&Mutation| {
        let said =
            !one.row.is_empty() && !one.mutant.is_empty() && !one.tests.is_empty() && !one.edits.is_empty();
        said && one
            .edits
            .iter()
            .all(|edit| !edit.file.is_empty() && edit.find.iter().all(|piece| !piece.is_empty()))
    };
    match mutations.iter().find(|one| !whole(one)) {
        Some(half) => Err(Failure::new(format!(
            "{LIST}:{}: row, mutant, file, `-` and test belong to an entry",
            half.line
        ))),
        None => Ok(mutations),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "# head\n\nrow: 6: window\nmutant: no edge\nfile: a.rs\n- a > b\n+ a >= b\n- one\n- two\n+\nfile: b.rs\n- x\ntest: m::t m::u\n";

    #[test]
    fn an_entry_is_read() {
        let edit = |file: &str, find: &[&str], put: &[&str]| Edit {
            file: file.to_owned(),
            find: find.iter().map(ToString::to_string).collect(),
            put: put.iter().map(ToString::to_string).collect(),
        };
        let read = parse(ENTRY).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!((read[0].line, &*read[0].row, &*read[0].mutant), (3, "6: window", "no edge"));
        assert_eq!(
            read[0].edits,
            [
                edit("a.rs", &["a > b"], &["a >= b"]),
                edit("a.rs", &["one", "two"], &[""]),
                edit("b.rs", &["x"], &[])
            ]
        );
        assert_eq!(read[0].tests, ["m::t", "m::u"]);
        assert!(parse("row: x\nmutant: y\n").is_err());
        assert!(parse("what\n").is_err());
    }

    #[test]
    fn an_edit_finds_its_place_once_or_says_how_often() {
        let edit = |find: &[&str], put: &str| Edit {
            file: String::new(),
            find: find.iter().map(ToString::to_string).collect(),
            put: vec![put.to_owned()],
        };
        let text = "if a > b {\n    one;\n    two;\n}\none;\n";
        assert_eq!(edit(&["a > b"], "a >= b").apply(text).unwrap(), text.replace('>', ">="));
        assert_eq!(edit(&["one;", "two;"], "two;").apply(text).unwrap(), "if a > b {\n    two;\n}\none;\n");
        assert_eq!(edit(&["one;"], "").apply(text), Err(2));
        assert_eq!(edit(&["three;"], "").apply(text), Err(0));
    }

    #[test]
    fn mutations_are_chosen_by_number_or_word() {
        let one = &parse(ENTRY).unwrap()[0];
        let wanted = |word: &str| one.is_wanted(7, &[word.to_owned()]);
        assert!(one.is_wanted(7, &[]) && wanted("7") && wanted("Window") && wanted("m::u"));
        assert!(!wanted("6") && !wanted("door"));
    }
}
