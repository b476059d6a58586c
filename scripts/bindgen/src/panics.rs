//! Makes every panic of Rust's own libraries a bare trap.
//!
//! On wasm32-unknown-unknown nobody reads what a panic says: there is no stderr, and the shell sees a trap and nothing
//! else. Without the functions that say it, wasm-opt also drops all that makes their arguments.

use rustc_demangle::demangle;
use walrus::{Data, DataId, FunctionBuilder, FunctionId, FunctionKind, Module};

/// Functions that never return, by their paths; `core::panicking` has no others. What a later version of Rust calls
/// by another name costs bytes and does no harm.
const PANICS: [&str; 16] = [
    "<alloc::vec::Vec<_, _>>::insert_mut::assert_failed",
    "alloc::alloc::handle_alloc_error",
    "alloc::raw_vec::capacity_overflow",
    "alloc::raw_vec::handle_error",
    "core::cell::lazy::panic_poisoned",
    "core::cell::panic_already_borrowed",
    "core::cell::panic_already_mutably_borrowed",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::result::unwrap_failed",
    "core::slice::copy_from_slice_impl::len_mismatch_fail",
    "core::slice::index::slice_index_fail",
    "core::slice::sort::shared::smallsort::panic_on_ord_violation",
    "core::str::slice_error_fail",
    "core::str::slice_error_fail_rt",
    "std::thread::local::panic_access_error",
];

/// Leaves an `unreachable` and nothing else of each of them, and nothing of where in a source they were called.
pub(crate) fn trap(module: &mut Module) {
    let panics = module.funcs.iter().filter(|function| function.name.as_deref().is_some_and(is_panic));
    let panics: Vec<FunctionId> = panics.map(|function| function.id()).collect();
    for id in panics {
        let kind = module.types.get(module.funcs.get(id).ty()).clone();
        let parameters = kind.params().iter().map(|parameter| module.locals.add(*parameter)).collect();
        let mut trap = FunctionBuilder::new(&mut module.types, kind.params(), kind.results());
        trap.func_body().unreachable();
        module.funcs.get_mut(id).kind = FunctionKind::Local(trap.local_func(parameters));
    }
    let segments: Vec<DataId> = module.data.iter().map(Data::id).collect();
    for id in segments {
        blank_sources(&mut module.data.get_mut(id).value);
    }
}

/// Takes the names of source files out of a module's data: only panics would have told them.
fn blank_sources(data: &mut [u8]) {
    const FOLDERS: [&[u8]; 3] = [b"/rustc/", b"crates/", b"pintle/src/"];
    let is_of_a_path = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
    for start in 0..data.len() {
        let Some(path) = data.get_mut(start..).filter(|rest| FOLDERS.iter().any(|it| rest.starts_with(it)))
        else {
            continue;
        };
        let length = path.iter().take_while(|byte| is_of_a_path(byte)).count();
        if let Some(end) = path.windows(3).take(length).position(|end| end == b".rs") {
            path.iter_mut().take(end + 3).for_each(|byte| *byte = 0);
        }
    }
}

fn is_panic(symbol: &str) -> bool {
    let path = format!("{:#}", demangle(symbol));
    path.starts_with("core::panicking::") || PANICS.contains(&path.as_str())
}
