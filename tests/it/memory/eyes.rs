//! Looks into the memory of a running process, and finds what is not to be there.
//!
//! The process lets nobody see its memory: it is not dumpable. So a library that is loaded before it
//! stops it at its very beginning; whoever opens its memory then may go on reading it. The same library
//! stops it once more when everything in it has ended.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::sync::OnceLock;

use rexpect::session::PtySession;
use rexpect::session::spawn_command;
use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::WaitOptions;

use crate::common::repository;
use crate::common::stock;
use crate::leaks::Known;
use crate::leaks::files;
use crate::leaks::forms;
use crate::terminal::ends;

/// The library that stops a process at both ends of its life.
fn stops() -> &'static Path {
    static STOPS: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, library) = STOPS.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("stops.so");
        let source = repository("tests/data/memory/stops.c");
        let (source, made) = (source.to_str().unwrap(), library.to_str().unwrap());
        stock("cc", &["-shared", "-fPIC", "-o", made, source]);
        (folder, library)
    });
    library
}

/// A look into a running process.
pub(super) struct Eyes {
    process: Pid,
    memory: fs::File,
    maps: fs::File,
}

/// What stood in memory at one moment: the kernel's name of each part, and its bytes.
pub(super) type Memory = BTreeMap<String, Vec<u8>>;

impl Eyes {
    /// Opens the memory of a process that begins with [`stops`] loaded, and lets it go on.
    fn open(number: u32) -> Self {
        let process = Pid::from_raw(i32::try_from(number).unwrap()).unwrap();
        stopped(process);
        let open = |name: &str| fs::File::open(format!("/proc/{number}/{name}")).unwrap();
        let eyes = Self {
            process,
            memory: open("mem"),
            maps: open("maps"),
        };
        eyes.go_on();
        eyes
    }

    fn go_on(&self) {
        rustix::process::kill_process(self.process, Signal::CONT).unwrap();
    }

    /// Everything that the process holds now and that is not an unwritable part of a file.
    pub(super) fn look(&self) -> Memory {
        use std::io::Read as _;
        use std::io::Seek as _;
        let mut text = String::new();
        (&self.maps).rewind().unwrap();
        (&self.maps).read_to_string(&mut text).unwrap();
        let mut memory = Memory::new();
        for line in text.lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let name = fields.get(5).copied().unwrap_or("anonymous");
            let of_file = name.starts_with('/') && !fields[1].contains('w');
            if !fields[1].starts_with('r') || of_file || name.starts_with("[v") {
                continue;
            }
            let (from, to) = fields[0].split_once('-').unwrap();
            let from = u64::from_str_radix(from, 16).unwrap();
            let to = u64::from_str_radix(to, 16).unwrap();
            let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
            self.memory.read_exact_at(&mut bytes, from).unwrap();
            memory.insert(format!("{} {name}", fields[0]), bytes);
        }
        assert!(
            memory.keys().any(|name| name.ends_with("[stack]")),
            "{text}"
        );
        assert!(memory.keys().any(|name| name.ends_with("[heap]")), "{text}");
        memory
    }

    /// What the process holds when all of it has ended; then it may go.
    pub(super) fn last_look(&self) -> Memory {
        stopped(self.process);
        let memory = self.look();
        self.go_on();
        memory
    }
}

impl Drop for Eyes {
    fn drop(&mut self) {
        // A test that failed leaves no stopped process behind; one that did not left none.
        let _ = rustix::process::kill_process(self.process, Signal::KILL);
    }
}

/// Waits until a process has stopped itself.
fn stopped(process: Pid) {
    let (_, status) = rustix::process::waitpid(Some(process), WaitOptions::UNTRACED)
        .unwrap()
        .unwrap();
    assert!(status.stopped(), "{status:?}");
}

/// Parts of secrets, in every form, to be looked for in one go.
pub(super) struct Wanted {
    /// Which three bytes any needle begins with.
    begins: Vec<bool>,
    /// Needles by their first eight bytes.
    needles: HashMap<[u8; 8], Vec<(String, Vec<u8>)>>,
}

impl Wanted {
    /// Every eight bytes in a row of every secret: of memory that was let go, the beginning may be
    /// overwritten while the rest still stands there.
    pub(super) fn new(secrets: &[Known]) -> Self {
        let mut wanted = Self {
            begins: vec![false; 1 << 24],
            needles: HashMap::new(),
        };
        for (name, secret) in secrets {
            let secret = secret
                .strip_prefix(b"AGE-SECRET-KEY-1".as_slice())
                .unwrap_or(secret);
            let part = if secret.is_ascii() { 12 } else { 8 };
            for part in secret.windows(part.min(secret.len())) {
                for (form, needle) in forms(part) {
                    // Of bytes that are no text, nothing is left in it.
                    if form != "escaped as text" && form != "reversed" {
                        wanted.want(format!("{name} as {form}"), needle);
                    }
                }
            }
        }
        wanted
    }

    fn want(&mut self, name: String, needle: Vec<u8>) {
        self.begins[first_three(&needle)] = true;
        let first = needle[..8].try_into().unwrap();
        self.needles.entry(first).or_default().push((name, needle));
    }

    /// What stands where.
    pub(super) fn found(&self, memory: &Memory) -> Vec<String> {
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        for (place, bytes) in memory {
            for (at, window) in bytes.windows(8).enumerate() {
                if !self.begins[first_three(window)] {
                    continue;
                }
                let first: [u8; 8] = window.try_into().unwrap();
                for (name, needle) in self.needles.get(&first).into_iter().flatten() {
                    if bytes[at..].starts_with(needle) {
                        *found.entry(format!("{name} in {place}")).or_default() += 1;
                    }
                }
            }
        }
        found
            .into_iter()
            .map(|(what, times)| format!("{times} parts of {what}"))
            .collect()
    }
}

fn first_three(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 16 | usize::from(bytes[1]) << 8 | usize::from(bytes[2])
}

/// A terminal that keeps everything that was ever written to it: more than any scrollback does, which
/// has nothing of the alternate screen.
pub(super) struct Screen {
    session: PtySession,
    seen: String,
    /// Where the command would put its temporary files.
    temporary: tempfile::TempDir,
}

impl Screen {
    /// Waits for a text.
    #[track_caller]
    pub(super) fn shows(&mut self, text: &str) {
        let before = self
            .session
            .exp_string(text)
            .unwrap_or_else(|error| panic!("waiting for {text:?}: {error}"));
        self.seen += &before;
        self.seen += text;
    }

    pub(super) fn types(&mut self, line: &str) {
        self.session.send_line(line).unwrap();
    }

    #[track_caller]
    pub(super) fn answer(&mut self, question: &str, typed: &str) {
        self.shows(question);
        self.types(typed);
    }

    /// Waits for the end; all that stood on the terminal, with and without its line ends, but for
    /// alternate screens that were cleared; and every temporary file.
    #[track_caller]
    pub(super) fn ended(mut self, code: i32) -> Memory {
        self.seen += &self.session.exp_eof().unwrap();
        ends(&self.session, code);
        let mut places = Memory::new();
        files(self.temporary.path(), &mut places);
        let kept = without_alternate_screens(&self.seen);
        let joined = kept.replace(['\r', '\n', ' '], "");
        places.insert("the terminal, joined".to_owned(), joined.into_bytes());
        places.insert("the terminal".to_owned(), kept.into_bytes());
        places
    }
}

#[track_caller]
fn without_alternate_screens(seen: &str) -> String {
    let mut parts = seen.split("\x1b[?1049h");
    let mut kept = parts.next().unwrap().to_owned();
    for part in parts {
        let (screen, after) = part.split_once("\x1b[?1049l").expect("it ends");
        assert!(screen.ends_with("\x1b[2J\x1b[H"), "cleared: {screen:?}");
        kept += after;
    }
    kept
}

/// A command at a terminal, and a look into it: with its stack, arguments and environment are seen.
pub(super) fn watched(command: &Command) -> (Screen, Eyes) {
    let temporary = tempfile::tempdir().unwrap();
    // The shell tells the number of the process that it becomes.
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "echo number $$; LD_PRELOAD=$0 exec \"$@\""])
        .arg(stops())
        .arg(command.get_program())
        .args(command.get_args())
        .env("TERM", "xterm")
        .env("TMPDIR", temporary.path());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let mut session = spawn_command(shell, Some(60_000)).unwrap();
    let (_, number) = session.exp_regex("number [0-9]+").unwrap();
    let number = number.strip_prefix("number ").unwrap().parse().unwrap();
    let screen = Screen {
        session,
        seen: String::new(),
        temporary,
    };
    (screen, Eyes::open(number))
}

/// What a command does without a terminal, and what it holds when it has ended; what it said and its
/// temporary files besides.
pub(super) fn ended(command: &assert_cmd::Command) -> (Output, Memory) {
    let temporary = tempfile::tempdir().unwrap();
    let mut again = Command::new(command.get_program());
    again
        .args(command.get_args())
        .env("LD_PRELOAD", stops())
        .env("TMPDIR", temporary.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, value) in command.get_envs() {
        again.env(name, value.unwrap());
    }
    let child = again.spawn().unwrap();
    let eyes = Eyes::open(child.id());
    let mut places = eyes.last_look();
    let output = child.wait_with_output().unwrap();
    files(temporary.path(), &mut places);
    places.insert("standard output".to_owned(), output.stdout.clone());
    places.insert("standard error".to_owned(), output.stderr.clone());
    (output, places)
}
