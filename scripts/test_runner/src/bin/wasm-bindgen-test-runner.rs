//! Runs the `#[wasm_bindgen_test]`s of a compiled wasm module in Node.js.
//!
//! It is wasm-bindgen's own test runner, built from its library: so its version is locked with the `wasm-bindgen` crate
//! by Cargo.lock. It is a package of its own, so that no build of a shell waits for it to compile.

use std::process::ExitCode;

fn main() -> ExitCode {
    match wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wasm-bindgen-test-runner: {error:#}");
            ExitCode::FAILURE
        }
    }
}
