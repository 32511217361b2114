//! `cargo xtask prove mutations`: the tests of `tests/behaviour` notice when a promise is broken.
//!
//! `tests/mutations.txt` has the mutations; its head says how an entry is written. Each is applied by itself to a copy of
//! the tree below `target/mutants`, whose tests are built and run, only those that the entry names. The working tree is
//! never touched. A test that does not end is one that noticed, too.
//!
//! Before the first mutation the tests run as they are: one that is red by itself proves nothing, and one that does not
//! exist any more notices nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

mod list;
mod table;

use list::{LIST, Mutation, parse};

use crate::step::{Failure, Outcome, verdict};
use crate::tools;

/// A test that runs this long hangs. The test kit itself gives up after a minute.
const LIMIT: Duration = Duration::from_secs(90);

/// What the mutants are built with: without debug information they link in half the time.
const BUILD: &str =
    "cargo test --quiet --package actor-tests --test behaviour --no-run --message-format json";

/// How the tests took it.
enum Verdict {
    KilledBy(Vec<String>),
    Hang,
    Survived,
}

/// The words that choose mutations: those behind `prove mutations`.
pub(crate) fn words<'a>(command: &str, rest: &'a [String]) -> &'a [String] {
    match rest.split_first() {
        Some((step, words)) if command == "prove" && step == "mutations" => words,
        _ => &[],
    }
}

/// Tries the mutations that `wanted` names, all if it is empty: by number, or by a word of the entry.
pub(crate) fn prove(wanted: &[String]) -> Outcome {
    let mutations = parse(&tools::read(LIST)?)?;
    let chosen: Vec<_> =
        (1..).zip(&mutations).filter(|(number, one)| one.is_wanted(*number, wanted)).collect();
    if chosen.is_empty() {
        return Err(Failure::new(format!("no entry of {LIST} has `{}`", wanted.join("` or `"))));
    }
    let bench = Bench::new();
    let files = bench.refresh()?;
    bench.check_places(&mutations)?;
    let named: BTreeSet<&str> = chosen.iter().flat_map(|(_, one)| &one.tests).map(String::as_str).collect();
    println!("{} mutations, {} files, {} tests", chosen.len(), files, named.len());
    bench.check_unchanged(&named)?;

    let (mut survived, mut broken) = (Vec::new(), Vec::new());
    for (number, mutation) in chosen {
        let former = bench.mutate(mutation)?;
        let outcome = match bench.compile() {
            Ok(program) => match bench.test(&program, &mutation.tests)? {
                Verdict::KilledBy(tests) => format!("killed by {}", tests.join(", ")),
                Verdict::Hang => format!("killed by {}, which hangs", mutation.tests.join(" or ")),
                Verdict::Survived => {
                    survived.push(mutation.name(number));
                    "SURVIVED".to_owned()
                }
            },
            Err(error) => {
                broken.push(format!("{}\n{error}", mutation.name(number)));
                "DOES NOT COMPILE".to_owned()
            }
        };
        bench.put(&former)?;
        println!("{number:>3}  {:<60}  {:<60}  {outcome}", mutation.row, mutation.mutant);
    }
    let mut text = String::new();
    for name in &survived {
        let _ = writeln!(text, "survived: {name}");
    }
    for name in &broken {
        let _ = writeln!(text, "does not compile: {name}");
    }
    if text.is_empty() { Ok(()) } else { Err(Failure { what: text, rerun: None }) }
}

/// Where mutants are made.
struct Bench {
    tree: PathBuf,
    target: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let home = tools::target().join("mutants");
        Self { tree: home.join("tree"), target: home.join("target") }
    }

    /// Makes the copy equal to the working tree again, and says how many files it has. What is equal is left alone, so
    /// that cargo does not build it anew.
    fn refresh(&self) -> Result<usize, Failure> {
        copy(Path::new("."), &self.tree)
            .map_err(|error| Failure::new(format!("{}: {error}", self.tree.display())))
    }

    /// Every place of every entry is there, once. All that are not are named, since one change often moves several.
    fn check_places(&self, mutations: &[Mutation]) -> Outcome {
        let failures =
            mutations.iter().filter_map(|one| one.changed(|file| tools::read(self.tree.join(file))).err());
        verdict(failures.map(|failure| failure.what).collect())
    }

    /// Runs the tests that are named as they are.
    fn check_unchanged(&self, tests: &BTreeSet<&str>) -> Outcome {
        let program = self.compile().map_err(Failure::new)?;
        let listed = Command::new(&program).arg("--list").output().map_err(cannot_run)?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let there: BTreeSet<&str> = listed.lines().filter_map(|line| line.strip_suffix(": test")).collect();
        let missing: Vec<_> =
            tests.difference(&there).map(|test| format!("{LIST}: there is no test `{test}`")).collect();
        verdict(missing)?;
        let names: Vec<String> = tests.iter().map(|&test| test.to_owned()).collect();
        match self.test(&program, &names)? {
            Verdict::Survived => Ok(()),
            Verdict::Hang => Err(Failure::new("the tests hang without any mutation")),
            Verdict::KilledBy(tests) => {
                Err(Failure::new(format!("without any mutation these tests fail: {}", tests.join(", "))))
            }
        }
    }

    /// Changes the copy, and hands out what its files were. The copy is what the program began with: whoever edits the
    /// working tree meanwhile is not noticed.
    fn mutate<'a>(&self, mutation: &'a Mutation) -> Result<Vec<(&'a str, String)>, Failure> {
        let read = |file: &str| tools::read(self.tree.join(file));
        let changed = mutation.changed(read)?;
        let former = changed.iter().map(|(file, _)| Ok((*file, read(file)?))).collect();
        self.put(&changed)?;
        former
    }

    fn put(&self, texts: &[(&str, String)]) -> Outcome {
        for (file, text) in texts {
            fs::write(self.tree.join(file), text)
                .map_err(|error| Failure::new(format!("{file}: {error}")))?;
        }
        Ok(())
    }

    /// The test program, or what the compiler says.
    fn compile(&self) -> Result<PathBuf, String> {
        let mut words = BUILD.split(' ');
        let output = Command::new(words.next().unwrap_or_default())
            .args(words)
            .current_dir(&self.tree)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            // A mutant has code that is never reached, and that is no news.
            .env("RUSTFLAGS", "--cap-lints allow")
            .output()
            .map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        match program(&text) {
            Some(program) if output.status.success() => Ok(program),
            _ => Err(complaints(&text, &String::from_utf8_lossy(&output.stderr))),
        }
    }

    /// Runs the tests of these names. The program itself and not cargo, since cargo's child would outlive it.
    fn test(&self, program: &Path, tests: &[String]) -> Result<Verdict, Failure> {
        let mut child = Command::new(program)
            .arg("--exact")
            .args(tests)
            .current_dir(self.tree.join("tests"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(cannot_run)?;
        let pipe = child.stdout.take().ok_or_else(|| Failure::new("the tests of a mutant have no output"))?;
        let (end, ended) = mpsc::channel();
        std::thread::spawn(move || {
            // Nobody waits for it any more if the time was over.
            let _ = end.send(std::io::read_to_string(pipe));
        });
        let Ok(text) = ended.recv_timeout(LIMIT) else {
            let _ = child.kill();
            let _ = child.wait();
            return Ok(Verdict::Hang);
        };
        if child.wait().map_err(cannot_run)?.success() {
            return Ok(Verdict::Survived);
        }
        let failed = failed(&text.unwrap_or_default());
        // One that takes the whole process along says nothing any more.
        Ok(Verdict::KilledBy(if failed.is_empty() { tests.to_vec() } else { failed }))
    }
}

fn cannot_run(error: std::io::Error) -> Failure {
    Failure::new(format!("the tests of a mutant do not run: {error}"))
}

/// The tests that failed, in the output of the test harness.
fn failed(text: &str) -> Vec<String> {
    let name = |line: &str| Some(line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?.to_owned());
    text.lines().filter_map(name).collect()
}

/// The test program in cargo's messages. A JSON parser for that would be most of this crate's compile time.
fn program(messages: &str) -> Option<PathBuf> {
    let named = messages.split(r#""executable":""#).skip(1).filter_map(|rest| rest.split('"').next());
    named.last().map(PathBuf::from)
}

/// The compiler's first words about what is wrong.
fn complaints(messages: &str, otherwise: &str) -> String {
    let rendered =
        messages.split(r#""rendered":"error"#).skip(1).filter_map(|rest| rest.split(r#"\n","#).next());
    let text: Vec<String> =
        rendered.take(2).map(|text| format!("error{}", text.replace("\\n", "\n"))).collect();
    if text.is_empty() { otherwise.to_owned() } else { text.join("\n") }
}

/// Copies what differs, removes what is no longer there, and leaves out what is built or hidden.
fn copy(from: &Path, to: &Path) -> std::io::Result<usize> {
    fs::create_dir_all(to)?;
    let mut files = 0;
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let skipped = name == "target" || name.to_string_lossy().starts_with('.') && name != ".cargo";
        let kind = entry.file_type()?;
        if skipped || kind.is_symlink() {
            continue;
        }
        let (source, copied) = (entry.path(), to.join(&name));
        if kind.is_dir() {
            files += copy(&source, &copied)?;
        } else {
            let text = fs::read(&source)?;
            if fs::read(&copied).ok().as_ref() != Some(&text) {
                fs::write(&copied, text)?;
            }
            files += 1;
        }
        names.insert(name);
    }
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        if !names.contains(&entry.file_name()) {
            let gone = entry.path();
            if entry.file_type()?.is_dir() { fs::remove_dir_all(gone)? } else { fs::remove_file(gone)? }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_behind_the_step_choose() {
        let words =
            |line: &str| words("prove", &line.split(' ').map(str::to_owned).collect::<Vec<_>>()).len();
        assert_eq!((words("mutations 7 window"), words("mutations"), words("miri mutations")), (2, 0, 0));
    }

    #[test]
    fn what_cargo_and_the_harness_say_is_read() {
        let messages = r#"{"executable":null}{"executable":"/x/behaviour-1"}{"reason":"build-finished"}"#;
        assert_eq!(program(messages), Some(PathBuf::from("/x/behaviour-1")));
        assert_eq!(failed("test a::b ... FAILED\ntest c ... ok\n"), ["a::b"]);
        assert_eq!(complaints(r#"{"rendered":"error: no\n --> a\n","x":1}"#, ""), "error: no\n --> a");
    }
}
