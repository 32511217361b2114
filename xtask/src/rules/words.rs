//! Words that do not belong in the code, and names that do not belong in the house.

use crate::source::Source;

/// A word, the folder in whose code it stands nowhere, and why. Lints say some of this too, but a lint can be allowed in
/// passing, and benches and macro bodies escape it.
const NOWHERE: &[(&str, &str, &str)] = &[
    ("thread::sleep", "", "tests wait for events under a paused clock, never for time"),
    ("#[ignore", "", "a test that does not run is no test"),
    ("todo!", "", "what is missing is an issue, not a panic"),
    ("unimplemented!", "", "what is missing is an issue, not a panic"),
    ("dbg!", "", "a leftover of debugging"),
];

pub(super) fn nowhere(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (word, folder, why) in NOWHERE {
        for source in sources.iter().filter(|source| source.is_below(folder)) {
            complaints.extend(source.uses(word).map(|(line, _)| source.at(line, format!("`{word}`: {why}"))));
        }
    }
    complaints
}

/// The core's unsafe code has one room, and no other crate switches the lint off; only the benches have an allocator that
/// counts.
pub(super) fn unsafe_code(sources: &[Source]) -> Vec<String> {
    const ROOM: &str = "actor-core/src/raw";
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|source| !source.path.with_extension("").starts_with(ROOM)) {
        // The macros speak of it: they read what users write.
        if source.is_below("actor-core") {
            let found = source.uses("unsafe");
            complaints
                .extend(found.map(|(line, _)| source.at(line, format!("unsafe code has one room, {ROOM}"))));
        }
        let door =
            ["actor-core/src/lib.rs", "benches/src/allocator.rs"].iter().any(|at| source.path.ends_with(at));
        for word in ["allow(unsafe_code", "expect(unsafe_code"] {
            let found = source.uses(word).skip(usize::from(door));
            complaints.extend(found.map(|(line, _)| source.at(line, format!("`{word}`: for {ROOM} alone"))));
        }
    }
    complaints
}

/// The house's words: no `get_`, no `do_`, no Manager, Helper, Util. Only in what users see the names of; the Redis
/// server's commands are named by Redis.
pub(super) fn names(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    let house = |source: &&Source| source.is_below("actor-core/src") || source.is_below("actor-macros/src");
    for source in sources.iter().filter(house) {
        for (line, after) in source.uses("fn ") {
            // `get_or_insert` and its kin are the standard library's words for what makes a thing if need be.
            let made = after.starts_with("get_or_");
            if !made && ["get_", "do_"].iter().any(|prefix| after.starts_with(prefix)) {
                complaints
                    .push(source.at(line, "no `get_` and no `do_`: name what it yields or what happens"));
            }
        }
        for kind in ["struct ", "enum ", "trait "] {
            for (line, after) in source.uses(kind) {
                let name = after.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
                if ["Manager", "Helper", "Util", "Utils"].iter().any(|suffix| name.ends_with(suffix)) {
                    complaints.push(source.at(line, format!("`{name}` says nothing: name its job")));
                }
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banned_words_are_found_in_code_only() {
        let sources = [Source::new(
            "tests/a.rs",
            "// todo!()\nlet s = \"dbg!\";\n#[ignore = \"slow\"]\nfn f() { todo!() }\n",
        )];
        let found = nowhere(&sources);
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn unsafe_code_has_one_room() {
        let found = |path: &str, text: &str| unsafe_code(&[Source::new(path, text)]).len();
        let text = "syn::Token![unsafe]";
        assert_eq!((found("actor-core/src/a.rs", text), found("actor-macros/src/a.rs", text)), (1, 0));
        assert_eq!((found("actor-core/src/raw.rs", text), found("actor-core/src/raw/slot.rs", text)), (0, 0));
        assert_eq!(found("actor-core/src/rawer.rs", text), 1);
        let text = "#[expect(unsafe_code)] mod raw;";
        assert_eq!((found("actor-core/src/lib.rs", text), found("tests/src/lib.rs", text)), (0, 1));
    }

    #[test]
    fn names_say_something() {
        let named = |text: &str| names(&[Source::new("actor-core/src/a.rs", text)]).len();
        assert_eq!(named("fn get_name() {}\nstruct ActorManager;"), 2);
        assert_eq!(named("fn name() {}\nfn get_or_start() {}\nstruct Managed;"), 0);
    }
}
