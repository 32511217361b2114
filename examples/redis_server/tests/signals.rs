//! The program itself: it says where it listens, and Ctrl-C and SIGTERM end it in order, with exit code 0.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

/// The example, which cargo builds with the tests unless it is told to build some of them only.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2).expect("tests stand in `deps`, below the profile");
    let program = profile.join("examples/redis_server");
    assert!(program.exists(), "{program:?} is missing: run `cargo test -p redis_server`, without `--test`");
    program
}

/// A running server that is killed when a test fails, and what it prints.
struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    addr: String,
}

impl Server {
    fn start() -> Self {
        let mut process = Command::new(program())
            .args(["--addr", "127.0.0.1:0", "--shards", "2"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut output = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut printed = String::new();
        let addr = loop {
            let from = printed.len();
            assert!(output.read_line(&mut printed).expect("text") > 0, "it ended after {printed}");
            if let Some(rest) = printed[from..].strip_prefix("listening on ") {
                break rest.split(';').next().expect("an address").to_owned();
            }
        };
        assert!(printed.contains("shard-1  Shard running"), "no tree in {printed}");
        Self { process, output, addr }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn ends_in_order(signal: &str) {
    let mut server = Server::start();
    let mut client = TcpStream::connect(&server.addr).expect("a connection");
    client.write_all(b"SET k v\r\nGET k\r\n").expect("an open connection");
    let mut replies = [0; 12];
    client.read_exact(&mut replies).expect("replies");
    assert_eq!(&replies, b"+OK\r\n$1\r\nv\r\n");
    let id = server.process.id().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().expect("`kill` runs").success());
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).expect("an orderly end");
    assert_eq!(rest, b"");
    let mut report = String::new();
    server.output.read_to_string(&mut report).expect("text");
    assert!(report.contains("9 actors stopped in"), "{report}");
    assert!(server.process.wait().expect("it ends").success());
}

#[test]
fn ctrl_c_ends_it_in_order() {
    ends_in_order("-INT");
}

#[test]
fn sigterm_ends_it_in_order() {
    ends_in_order("-TERM");
}
