//! Runs the server: `cargo run --release --example redis_server -- --addr 127.0.0.1:6390`.

use std::process::ExitCode;

use redis_server::settings::{Settings, SettingsError};

fn main() -> ExitCode {
    match Settings::parse(std::env::args().skip(1)) {
        // The actors that listen, and hold the shards, are the other half of this example.
        Ok(_) => ExitCode::SUCCESS,
        Err(usage @ SettingsError::Help) => {
            println!("{usage}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("redis_server: {error}");
            ExitCode::from(2)
        }
    }
}
