//! The pages over rooms in memory: for looking at them and for tests. Nothing is decided and nothing runs.
//!
//! `cargo run -p bailiwick-console --example demo`, then open the printed address.
#![expect(clippy::print_stdout, reason = "an example tells people where to look")]

mod memory;

use bailiwick_console::{Settings, router};
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let memory = Arc::new(memory::Memory::with_a_morning());
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:7979".to_owned());
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("http://{}/console/sign-in?token={}", listener.local_addr()?, memory::LINK);
    axum::serve(listener, router(memory::use_cases(&memory), Settings::default())).await
}
