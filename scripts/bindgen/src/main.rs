//! Turns a compiled wasm module into the module and JavaScript glue that the shells are built from.
//!
//! It is wasm-bindgen's own library under a command of ours: its version is locked with the
//! `wasm-bindgen` crate by Cargo.lock, and it compiles in a fraction of the time of the whole tool.
//! The target is `bundler`, the only one whose glue runs unchanged in workerd, Node.js and Next.js.

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, folder, name] = arguments.as_slice() else {
        eprintln!("usage: bindgen MODULE.wasm FOLDER NAME");
        return ExitCode::FAILURE;
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name(name).typescript(true);
    match bindgen.bundler(true).and_then(|bindgen| bindgen.generate(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bindgen: {module}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
