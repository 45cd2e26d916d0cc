//! This machine: what it looks like, and what this process refuses to leave behind.

mod surroundings;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use rustix::mm::MlockAllFlags;
use rustix::process::DumpableBehavior;
use rustix::process::Resource;
use rustix::process::Rlimit;
use signal_hook::consts::SIGXFSZ;

use crate::crypto::library;
use crate::domain::record::Digest;
use crate::domain::record::Tool;
use crate::engine::host::Found;
use crate::engine::host::Host;

/// Makes sure that memory does not outlive the process: no core dump, no tracing by others, no new
/// privileges.
pub(super) fn harden() {
    // Each is worth having without the others. What could not be had shows in the environment
    // step, which looks at the result rather than at these calls.
    let nothing = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = rustix::process::setrlimit(Resource::Core, nothing);
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let _ = rustix::thread::set_no_new_privs(true);
    // A file that may not grow is an error like a full disk, not the end of the process.
    let grown = Arc::new(AtomicBool::new(false));
    drop(signal_hook::flag::register(SIGXFSZ, grown));
}

/// Keeps the memory of this process out of swap where the system lets it lock all of it; for the
/// commands that hold secrets.
pub(super) fn lock_memory() {
    // Under a limit on locked memory a later allocation would fail, unless the process may pass
    // the limit. Whether it may shows with a limit of nothing: then only that right locks.
    let mut limit = rustix::process::getrlimit(Resource::Memlock);
    limit.current = limit.maximum;
    if limit.current.is_some() {
        let none = Rlimit {
            current: Some(0),
            maximum: limit.maximum,
        };
        if rustix::process::setrlimit(Resource::Memlock, none).is_err() {
            return;
        }
    } else {
        let _ = rustix::process::setrlimit(Resource::Memlock, limit);
        limit = rustix::process::getrlimit(Resource::Memlock);
        if limit.current.is_some() {
            return;
        }
    }
    let locked = rustix::mm::mlockall(
        MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT,
    );
    LOCKED.store(locked.is_ok(), Ordering::SeqCst);
    let _ = rustix::process::setrlimit(Resource::Memlock, limit);
}

/// What may put a secret on a disk on this machine, if anything does: memory that is not locked beside
/// swap space that is in use.
pub(super) fn exposure() -> Option<String> {
    exposed(&Machine.memory(), &Machine.swap())
}

fn exposed(memory: &Found, swap: &Found) -> Option<String> {
    let both = !memory.off && !swap.off;
    both.then(|| format!("memory is {}; {}", memory.words, swap.words))
}

/// Whether the system agreed to lock all memory of this process, now and later.
static LOCKED: AtomicBool = AtomicBool::new(false);

/// The machine that the program runs on.
pub(super) struct Machine;

impl Host for Machine {
    fn network(&self) -> Found {
        network(Path::new("/"))
    }

    fn swap(&self) -> Found {
        match fs::read_to_string("/proc/swaps") {
            Ok(table) if table.lines().count() <= 1 => Found {
                words: "no swap space is in use".to_owned(),
                off: true,
            },
            Ok(table) => Found {
                words: format!("{} swap areas are in use", table.lines().count() - 1),
                off: false,
            },
            Err(_) => Found {
                words: "the system does not say".to_owned(),
                off: false,
            },
        }
    }

    fn memory(&self) -> Found {
        let limit = rustix::process::getrlimit(Resource::Memlock).current;
        memory(LOCKED.load(Ordering::SeqCst), limit)
    }

    fn core_dumps(&self) -> Found {
        let limit = rustix::process::getrlimit(Resource::Core).current;
        let dumpable = rustix::process::dumpable_behavior();
        let off = limit == Some(0) && matches!(dumpable, Ok(DumpableBehavior::NotDumpable));
        let words = if off {
            "this process leaves none"
        } else {
            "this process can leave one"
        };
        Found {
            words: words.to_owned(),
            off,
        }
    }

    fn remote(&self) -> Found {
        surroundings::remote(Path::new("/"), is_set)
    }

    fn recorder(&self) -> Found {
        surroundings::recorder(Path::new("/"), is_set)
    }

    fn zone(&self) -> String {
        surroundings::zone(
            Path::new("/"),
            std::env::var_os("TZ").map(|zone| zone.to_string_lossy().into_owned()),
        )
    }

    fn place(&self, dir: &Path) -> Found {
        surroundings::place(Path::new("/"), dir)
    }

    fn medium(&self, dir: &Path) -> Option<String> {
        surroundings::medium(Path::new("/"), dir)
    }

    fn space(&self, dir: &Path) -> Option<u64> {
        surroundings::space(dir)
    }

    fn tool(&self) -> Tool {
        tool()
    }
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

fn memory(locked: bool, limit: Option<u64>) -> Found {
    let words = match (locked, limit) {
        (true, _) => "all of it is locked".to_owned(),
        (false, Some(limit)) => {
            format!("not locked: the limit is {limit} bytes; see that swap is off")
        }
        (false, None) => "not locked: the system refused it; see that swap is off".to_owned(),
    };
    Found { words, off: locked }
}

/// The network as the folders `sys` and `proc` below `root` show it. What cannot be read is not off.
fn network(root: &Path) -> Found {
    match (up(root), routes(root)) {
        (Ok(up), Ok(0)) if up.is_empty() => Found {
            words: "no interface is up, no route leads out".to_owned(),
            off: true,
        },
        (Ok(up), Ok(routes)) if up.is_empty() => Found {
            words: format!("{routes} routes lead out"),
            off: false,
        },
        (Ok(up), Ok(routes)) => Found {
            words: format!("{} up, {routes} routes lead out", up.join(", ")),
            off: false,
        },
        (Err(_), _) | (_, Err(_)) => Found {
            words: "the system does not say".to_owned(),
            off: false,
        },
    }
}

/// Interfaces, other than the loopback, that are not certainly down.
fn up(root: &Path) -> io::Result<Vec<String>> {
    let folder = root.join("sys/class/net");
    let mut up = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        // `bonding_masters` and its like are files, not interfaces.
        if entry.file_name() == "lo" || !entry.path().is_dir() {
            continue;
        }
        let state = fs::read_to_string(entry.path().join("operstate"))?;
        if !matches!(state.trim(), "down" | "notpresent") {
            up.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    up.sort();
    Ok(up)
}

/// How many routes other than those of the loopback interface there are.
fn routes(root: &Path) -> io::Result<usize> {
    let four = fs::read_to_string(root.join("proc/net/route"))?
        .lines()
        .skip(1)
        .filter(|line| !line.starts_with("lo\t"))
        .count();
    // A kernel without IPv6 has no such file.
    let six = match fs::read_to_string(root.join("proc/net/ipv6_route")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        read => read?,
    };
    let six = six
        .lines()
        .filter(|line| !line.trim_end().ends_with(" lo"))
        .count();
    Ok(four + six)
}

/// The program that runs: name, version, and the digest of its file.
pub(super) fn tool() -> Tool {
    Tool {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        sha256: digest_of(Path::new("/proc/self/exe")).ok(),
        library: Some(library::library()),
    }
}

/// SHA-256 of a file that is too large to be held at once without cost.
fn digest_of(path: &Path) -> io::Result<Digest> {
    use io::Read as _;
    let mut file = fs::File::open(path)?;
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let mut part = vec![0; 1 << 16];
    loop {
        let length = file.read(&mut part)?;
        if length == 0 {
            break;
        }
        context.update(part.get(..length).unwrap_or_default());
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    Ok(Digest(digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_has_the_digest_of_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long");
        let bytes = vec![7; (1 << 16) + 5];
        crate::engine::files::write_file(&path, &bytes).unwrap();
        assert_eq!(digest_of(&path).unwrap(), Digest::of(&bytes));
    }

    /// A machine without a network.
    fn quiet() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("sys/class/net/lo/operstate", "unknown\n"),
            ("sys/class/net/eth0/operstate", "down\n"),
            ("sys/class/net/bonding_masters", "\n"),
            ("proc/net/route", "Iface\tDestination\n"),
            ("proc/net/ipv6_route", "00000000 00 0 0 200200       lo\n"),
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            crate::engine::files::write_file(&path, text.as_bytes()).unwrap();
        }
        root
    }

    #[test]
    fn a_network_is_off_only_if_the_system_says_so() {
        let root = quiet();
        assert!(network(root.path()).off);
        fs::remove_file(root.path().join("proc/net/ipv6_route")).unwrap();
        assert!(network(root.path()).off);
        for silent in [
            "sys/class/net/eth0/operstate",
            "proc/net/route",
            "sys/class/net",
            "proc/net/ipv6_route",
        ] {
            let root = quiet();
            let path = root.path().join(silent);
            fs::rename(&path, root.path().join("away")).unwrap();
            if silent.ends_with("ipv6_route") {
                fs::create_dir(&path).unwrap();
            }
            let found = network(root.path());
            assert_eq!(
                (found.words.as_str(), found.off),
                ("the system does not say", false),
                "{silent}"
            );
        }
    }

    #[test]
    fn memory_is_locked_only_if_the_system_locked_all_of_it() {
        assert!(memory(true, Some(8192)).off);
        let found = memory(false, Some(8192));
        assert!(
            !found.off && found.words.contains("8192 bytes"),
            "{found:?}"
        );
        assert!(!memory(false, None).off);
    }

    #[test]
    fn memory_that_is_not_locked_is_told_where_the_machine_swaps() {
        let swap = |off| Found {
            words: "2 swap areas are in use".to_owned(),
            off,
        };
        let told = exposed(&memory(false, Some(0)), &swap(false)).unwrap();
        assert_eq!(
            told,
            "memory is not locked: the limit is 0 bytes; see that swap is off; 2 swap areas are in use"
        );
        for (locked, off) in [(true, false), (true, true), (false, true)] {
            assert_eq!(exposed(&memory(locked, Some(0)), &swap(off)), None);
        }
    }

    #[test]
    fn an_interface_or_a_route_is_a_network() {
        for (path, text) in [
            ("sys/class/net/eth0/operstate", "unknown\n"),
            ("proc/net/route", "Iface\tDestination\neth0\t00000000\n"),
            ("proc/net/ipv6_route", "00000000 00 0 0 200200     xlo\n"),
        ] {
            let root = quiet();
            let path = root.path().join(path);
            fs::remove_file(&path).ok();
            crate::engine::files::write_file(&path, text.as_bytes()).unwrap();
            assert!(!network(root.path()).off, "{}", path.display());
        }
    }
}
