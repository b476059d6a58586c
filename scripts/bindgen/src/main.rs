//! Turns a compiled wasm module into the module and JavaScript glue that the shells are built from.
//!
//! It is wasm-bindgen's own library under a command of ours: its version is locked with the
//! `wasm-bindgen` crate by Cargo.lock, and it compiles in a fraction of the time of the whole tool.
//! The target is `bundler`, the only one whose glue runs unchanged in workerd, Node.js and Next.js.

mod panics;

use std::path::Path;
use std::process::ExitCode;

use walrus::Module;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, folder, name] = arguments.as_slice() else {
        eprintln!("usage: bindgen MODULE.wasm FOLDER NAME");
        return ExitCode::FAILURE;
    };
    match generate(Path::new(module), folder, name) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bindgen: {module}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn generate(module: &Path, folder: &str, name: &str) -> walrus::Result<()> {
    let mut module = Module::from_file(module)?;
    panics::trap(&mut module);
    Bindgen::new().input_module(name, module).typescript(true).bundler(true)?.generate(folder)
}
