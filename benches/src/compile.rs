//! How long the compiler takes for what the macros write: a crate with 100 actors of 10 handlers each, for us and for
//! kameo's macro, and for us by hand.
//!
//! Each crate is written below `target/compile`, with its own target directory, so that its dependencies are built before
//! and what is measured is `cargo check` of this one crate, without incremental compilation: the processor time of cargo
//! and rustc. The rounds are interleaved.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};
use std::{fs, io};

const ACTORS: usize = 100;

/// A way to write the actors.
struct Form {
    name: &'static str,
    dependency: fn() -> String,
    actor: fn() -> String,
    /// How each of the ten handlers is called.
    call: fn(&Handler) -> String,
}

const FORMS: &[Form] = &[
    Form {
        name: "ours",
        dependency: actor_core,
        actor: || block("#[actor]", "", "#[handler]", "use actor_core::prelude::*;"),
        call: |it| format!("a.{}({})", it.name, it.values()),
    },
    Form {
        name: "kameo",
        dependency: || {
            "kameo = { version = \"0.22\", default-features = false, features = [\"macros\"] }".into()
        },
        actor: || {
            block(
                "#[messages]",
                "#[derive(Actor)]",
                "#[message]",
                "use kameo::prelude::*;\nuse kameo::messages;",
            )
        },
        call: |it| format!("a.ask({})", it.literal("")),
    },
    Form {
        name: "ours by hand",
        dependency: actor_core,
        actor: by_hand,
        call: |it| format!("a.ask({})", it.literal("")),
    },
];

/// A handler: its name, its arguments with a value for each, its reply and its body.
struct Handler {
    is_async: bool,
    name: &'static str,
    arguments: &'static [(&'static str, &'static str, &'static str)],
    reply: &'static str,
    body: &'static str,
}

/// What actors usually have: a little of everything.
const HANDLERS: &[Handler] = &[
    handler("total", &[], "u64", "self.total"),
    handler("add", &[("n", "u64", "2")], "u64", "self.total += n; self.total"),
    handler("rename", &[("name", "String", "String::new()")], "()", "self.name = name;"),
    handler("title", &[], "String", "self.name.clone()"),
    handler("is_rich", &[("than", "u64", "2")], "bool", "self.total > than"),
    waiting("reset", &[], "()", "self.total = 0;"),
    waiting("weigh", &[("n", "u64", "2"), ("by", "f64", "0.5")], "f64", "n as f64 * by + self.total as f64"),
    waiting("join", &[("names", "Vec<String>", "Vec::new()")], "String", "names.join(&self.name)"),
    waiting(
        "take",
        &[("n", "u64", "2")],
        "Result<u64, String>",
        "self.total = self.total.checked_sub(n).ok_or_else(|| self.name.clone())?; Ok(self.total)",
    ),
    waiting(
        "pick",
        &[("key", "String", "String::new()"), ("or", "Option<u64>", "None")],
        "Option<u64>",
        "if key == self.name { Some(self.total) } else { or }",
    ),
];

type Arguments = &'static [(&'static str, &'static str, &'static str)];

const fn handler(
    name: &'static str,
    arguments: Arguments,
    reply: &'static str,
    body: &'static str,
) -> Handler {
    Handler { is_async: false, name, arguments, reply, body }
}

const fn waiting(
    name: &'static str,
    arguments: Arguments,
    reply: &'static str,
    body: &'static str,
) -> Handler {
    Handler { is_async: true, name, arguments, reply, body }
}

impl Handler {
    fn message(&self) -> String {
        let words = self.name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
        words.collect()
    }

    fn values(&self) -> String {
        let values: Vec<_> = self.arguments.iter().map(|(_, _, value)| *value).collect();
        values.join(", ")
    }

    /// The message as it is written where it is sent, or taken apart.
    fn literal(&self, only_names: &str) -> String {
        let field = |(name, _, value): &(&str, &str, &str)| match only_names {
            "" => format!("{name}: {value}"),
            _ => (*name).to_owned(),
        };
        let fields: Vec<_> = self.arguments.iter().map(field).collect();
        if fields.is_empty() {
            self.message()
        } else {
            format!("{} {{ {} }}", self.message(), fields.join(", "))
        }
    }

    fn takes(&self) -> String {
        self.arguments.iter().fold(String::new(), |text, (name, ty, _)| format!("{text}, {name}: {ty}"))
    }

    fn method(&self) -> String {
        let Self { name, reply, body, .. } = self;
        let keyword = if self.is_async { "async fn" } else { "fn" };
        format!("    pub {keyword} {name}(&mut self{}) -> {reply} {{\n        {body}\n    }}\n", self.takes())
    }
}

fn actor_core() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("actor-core");
    format!("actor-core = {{ path = {path:?} }}")
}

/// An actor by macros: one on the block, perhaps one on the type, one on each method.
fn block(on_block: &str, on_type: &str, on_method: &str, uses: &str) -> String {
    let mut text =
        format!("{uses}\n\n{on_type}\npub struct Thing {{\n    total: u64,\n    name: String,\n}}\n\n");
    let _ = writeln!(text, "{on_block}\nimpl Thing {{");
    for handler in HANDLERS {
        let _ = writeln!(text, "    {on_method}\n{}", handler.method());
    }
    text + "}\n"
}

/// The same without.
fn by_hand() -> String {
    let mut text =
        "use actor_core::prelude::*;\n\npub struct Thing {\n    total: u64,\n    name: String,\n}\n\n\
                    impl Actor for Thing {}\n"
            .to_owned();
    for it in HANDLERS {
        let (message, reply, body) = (it.message(), it.reply, it.body);
        let fields: String =
            it.arguments.iter().map(|(name, ty, _)| format!("    pub {name}: {ty},\n")).collect();
        let open = if fields.is_empty() { "_".to_owned() } else { it.literal("names") };
        let fields = if fields.is_empty() { ";".to_owned() } else { format!(" {{\n{fields}}}") };
        let _ = write!(
            text,
            "\npub struct {message}{fields}\n\nimpl Handler<{message}> for Thing {{\n    type Reply = {reply};\n    \
             async fn handle(&mut self, {open}: {message}, _: &mut Context<Self>) -> Self::Reply {{\n        {body}\n    \
             }}\n}}\n"
        );
    }
    text
}

impl Form {
    fn source(&self, calls: bool) -> String {
        let mut actor = (self.actor)();
        if calls {
            actor += "\npub async fn drive(a: ActorRef<Thing>) {\n";
            for handler in HANDLERS {
                let _ = writeln!(actor, "    let _ = {}.await;", (self.call)(handler));
            }
            actor += "}\n";
        }
        let actor = actor.replace('\n', "\n    ");
        (0..ACTORS).fold("#![allow(missing_docs)]\n".to_owned(), |text, number| {
            format!("{text}\npub mod actor_{number} {{\n    {actor}\n}}\n")
        })
    }

    /// Writes the crate and builds everything that it depends on.
    fn prepare(&self, calls: bool) -> io::Result<PathBuf> {
        let place = self.name.replace(' ', "_");
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/compile").join(&place);
        fs::create_dir_all(home.join("src"))?;
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"), home.join("Cargo.lock"))?;
        fs::write(
            home.join("Cargo.toml"),
            format!(
                "[package]\nname = \"hundred_{place}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
                 [dependencies]\n{}\n",
                (self.dependency)()
            ),
        )?;
        fs::write(home.join("src/lib.rs"), self.source(calls))?;
        check(&home)?;
        Ok(home)
    }
}

/// `cargo check` of a crate whose dependencies are built.
fn check(home: &Path) -> io::Result<Duration> {
    let source = home.join("src/lib.rs");
    // Written anew, it is compiled anew.
    fs::write(&source, fs::read(&source)?)?;
    let begun = spent();
    let output = Command::new("cargo")
        .args(["check", "--quiet", "--offline"])
        .current_dir(home)
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_TARGET_DIR", home.join("target"))
        .output()?;
    let took = spent() - begun;
    if output.status.success() {
        Ok(took)
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

/// What the children of this process have spent so far: processor time, which other work on the machine does not touch,
/// where the system tells it, and else the time of day.
fn spent() -> Duration {
    /// Ticks of Linux in a second, as every process sees them.
    const TICKS: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // `cutime` and `cstime`, counted behind the name of the program, which may have blanks.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: Vec<f64> = fields.skip(13).take(2).filter_map(|field| field.parse().ok()).collect();
    match ticks[..] {
        [user, system] => Duration::from_secs_f64((user + system) / TICKS),
        _ => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(),
    }
}

/// Measures and prints the table.
pub(crate) fn table(rounds: usize) -> io::Result<()> {
    println!("| `cargo check`, medians of {rounds} rounds |{}", names());
    println!("|---|{}", "---|".repeat(FORMS.len()));
    for (about, calls) in [("100 actors of 10 handlers", false), ("and each called once", true)] {
        let homes = FORMS.iter().map(|form| form.prepare(calls)).collect::<io::Result<Vec<_>>>()?;
        let mut times = vec![Vec::new(); FORMS.len()];
        for _ in 0..rounds {
            for (times, home) in times.iter_mut().zip(&homes) {
                times.push(check(home)?.as_secs_f64());
            }
        }
        let kameo = times[1].clone();
        let cells: String = times
            .iter()
            .map(|times| {
                let ratios = times.iter().zip(&kameo).map(|(time, kameo)| time / kameo).collect();
                format!(" {:.2} s, {:.2} × |", median(times.clone()), median(ratios))
            })
            .collect();
        println!("| {about} |{cells}");
    }
    Ok(())
}

fn names() -> String {
    FORMS.iter().map(|form| format!(" {} |", form.name)).collect()
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}
