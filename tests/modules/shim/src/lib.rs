//! A PKCS#11 module that stands in front of another one and commits the faults that it is asked for.
//!
//! It reads its environment once, when it is loaded:
//!
//! - `KEYRITE_SHIM_MODULE`: the module behind;
//! - `KEYRITE_SHIM_FAULT`: what goes wrong, separated by commas, as `fault.rs` lists it;
//! - `KEYRITE_SHIM_PIN`: what is typed at the PIN pad of the fault `pinpad`;
//! - `KEYRITE_SHIM_PIPE`: what the fault `slow` waits for;
//! - `KEYRITE_SHIM_LOG`: a file that gets the name of every function called, one a line.
//!
//! Whatever no fault touches is handed on as it came.
#![allow(
    unsafe_op_in_unsafe_fn,
    reason = "each unsafe function is one of PKCS#11, or is called by one with its arguments; what \
              the standard says of its pointers is the contract of all"
)]
#![allow(
    non_snake_case,
    reason = "the functions bear the names of the standard"
)]
#![allow(
    clippy::wildcard_imports,
    reason = "the names of the standard all begin with CK"
)]
#![allow(
    clippy::too_many_arguments,
    reason = "the standard decides how many there are"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "the rules of keyrite's own source: faults come by the environment"
)]

mod fault;
mod object;
mod operation;
mod table;
mod token;
mod wrap;

use std::collections::HashMap;
use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::OnceLock;
use std::sync::PoisonError;

use cryptoki_sys::*;

use crate::fault::Faults;
use crate::fault::Trap;

/// The module behind, the faults, and what they have to remember.
struct Shim {
    real: CK_FUNCTION_LIST,
    faults: Faults,
    pin: String,
    log: Option<String>,
    pipe: Option<String>,
    /// How often each function was called.
    calls: Mutex<HashMap<&'static str, u64>>,
    /// Objects that say they cannot be extracted, and can.
    hidden: Mutex<HashSet<CK_OBJECT_HANDLE>>,
    /// Sessions in which the operation that was begun makes a check value.
    checking: Mutex<HashSet<CK_SESSION_HANDLE>>,
    /// Keeps the module behind loaded.
    _library: libloading::Library,
}

/// The functions of this module.
///
/// # Safety
///
/// `list` is null, or may be written to.
// SAFETY: no other symbol that is linked in has this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    static TABLE: OnceLock<CK_FUNCTION_LIST> = OnceLock::new();
    if list.is_null() {
        return CKR_ARGUMENTS_BAD;
    }
    // A caller that cannot load the module behind should hear of it now.
    shim();
    // Callers read the list and never write to it, as the standard says.
    *list = std::ptr::from_ref(TABLE.get_or_init(table::table)).cast_mut();
    CKR_OK
}

/// Reads the environment and loads the module behind, once.
fn shim() -> &'static Shim {
    static SHIM: OnceLock<Shim> = OnceLock::new();
    SHIM.get_or_init(|| {
        Shim::load().unwrap_or_else(|error| {
            // A test must not go on with fewer faults than it asked for.
            eprintln!("shim: {error}");
            std::process::abort();
        })
    })
}

impl Shim {
    fn load() -> Result<Self, String> {
        let variable = |name: &str| std::env::var(name).map_err(|error| format!("{name}: {error}"));
        let module = variable("KEYRITE_SHIM_MODULE")?;
        let faults = Faults::read(&variable("KEYRITE_SHIM_FAULT").unwrap_or_default())?;
        let broken = |error: libloading::Error| format!("{module}: {error}");
        let mut list = std::ptr::null_mut();
        // SAFETY: the module is a PKCS#11 library, whose C_GetFunctionList has this type and gives
        // out a list that lives as long as the library, which is kept.
        let (library, real) = unsafe {
            let library = libloading::Library::new(&module).map_err(broken)?;
            let get = library
                .get::<unsafe extern "C" fn(*mut *mut CK_FUNCTION_LIST) -> CK_RV>(
                    b"C_GetFunctionList",
                )
                .map_err(broken)?;
            let rv = get(&raw mut list);
            if rv != CKR_OK || list.is_null() {
                return Err(format!("{module}: C_GetFunctionList: {rv:#x}"));
            }
            (library, *list)
        };
        Ok(Self {
            real,
            faults,
            pin: variable("KEYRITE_SHIM_PIN").unwrap_or_default(),
            log: variable("KEYRITE_SHIM_LOG").ok(),
            pipe: variable("KEYRITE_SHIM_PIPE").ok(),
            calls: Mutex::default(),
            hidden: Mutex::default(),
            checking: Mutex::default(),
            _library: library,
        })
    }

    /// Notes a call and springs the trap that waits for it.
    fn enter(&self, name: &'static str) -> Result<(), CK_RV> {
        if let Some(log) = &self.log {
            let noted = OpenOptions::new()
                .append(true)
                .create(true)
                .open(log)
                .and_then(|mut file| file.write_all(format!("{name}\n").as_bytes()));
            if let Err(error) = noted {
                eprintln!("shim: {log}: {error}");
                std::process::abort();
            }
        }
        let mut calls = held(&self.calls);
        *calls.entry(name).or_default() += 1;
        let calls_of = |name: &str| calls.get(name).copied().unwrap_or_default();
        let mut answer = Ok(());
        for (trap, function, at) in &self.faults.traps {
            let now = function == name && calls_of(function) == *at;
            match trap {
                Trap::Abort if now => std::process::abort(),
                Trap::Hang if now => {
                    drop(calls);
                    loop {
                        std::thread::park();
                    }
                }
                Trap::Slow if now => {
                    drop(calls);
                    let pipe = self.pipe.as_deref().unwrap_or_default();
                    if let Err(error) = std::fs::read(pipe) {
                        eprintln!("shim: {pipe:?}: {error}");
                        std::process::abort();
                    }
                    return Ok(());
                }
                Trap::Full if function == name && calls_of(function) >= *at => {
                    answer = Err(CKR_DEVICE_MEMORY);
                }
                // A caller may still end what it began.
                Trap::Gone if calls_of(function) >= *at && name != "C_Finalize" => {
                    answer = Err(match name {
                        "C_GetTokenInfo" | "C_OpenSession" => CKR_TOKEN_NOT_PRESENT,
                        "C_GetSlotList" => continue,
                        _ => CKR_DEVICE_REMOVED,
                    });
                }
                Trap::Abort | Trap::Hang | Trap::Slow | Trap::Full | Trap::Gone => (),
            }
        }
        answer
    }

    /// Whether the token has vanished.
    fn is_gone(&self) -> bool {
        let calls = held(&self.calls);
        self.faults.traps.iter().any(|(trap, function, at)| {
            *trap == Trap::Gone && calls.get(function.as_str()).is_some_and(|done| done >= at)
        })
    }
}

/// What is behind a lock, also after a panic elsewhere.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls a function of the module behind.
macro_rules! real {
    ($shim:expr, $name:ident, $($argument:expr),* $(,)?) => {
        $shim.real.$name.map_or(cryptoki_sys::CKR_FUNCTION_NOT_SUPPORTED, |real| real($($argument),*))
    };
}
use real;
