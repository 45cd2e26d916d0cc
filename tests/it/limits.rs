//! What a machine does to a ceremony: files too large, limits of the system, a clock that jumps, a
//! terminal that goes away. Nothing is lost, and what happened is told.

use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;
use std::process::Output;

use rexpect::session::PtySession;
use rexpect::session::spawn_command;

use crate::common::Company;
use crate::common::python;
use crate::common::repository;
use crate::common::stock;
use crate::leaks::nothing_leaked;
use crate::once::Shared;
use crate::terminal::answer;
use crate::terminal::ends;
use crate::tokens::Kind;
use crate::tokens::Token;

/// The program where the shell has set a limit.
fn limited(limit: &str, arguments: &[String]) -> Command {
    // Terminals of tests beside this one may have been inherited, and would count.
    let alone =
        "for fd in /proc/$$/fd/*; do fd=${fd##*/}; ((fd > 2)) && eval \"exec $fd>&-\"; done";
    let mut command = Command::new("bash");
    command
        .args([
            "-c",
            &format!("{alone}; ulimit {limit}; exec \"$@\""),
            "bash",
        ])
        .arg(env!("CARGO_BIN_EXE_keyrite"))
        .args(arguments)
        .stdin(std::process::Stdio::null());
    command
}

/// An error with a code of its own, and no bug.
#[track_caller]
fn told(output: &Output, what: &str) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let out = String::from_utf8_lossy(&output.stdout);
    let code = output.status.code();
    assert!(
        matches!(code, Some(1..=6)),
        "{what}: {:?} {said}",
        output.status
    );
    let told = said.contains("error: ") || out.contains("error");
    assert!(told && !said.contains("bug"), "{what}: {said}{out}");
    said
}

fn gibibyte(path: &Path) {
    drop(fs::remove_file(path));
    // As a PIN file has to be.
    let file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .unwrap();
    file.set_len(1 << 30).unwrap();
}

/// A file of 1 GiB in the place of any input is refused, with little memory.
#[test]
fn a_gibibyte_in_the_place_of_any_file_is_refused_and_not_held() {
    let shared = Shared::new(2, 3, &crate::once::bytes(32), &[]);
    let path = |name: &str| shared.path(name).to_str().unwrap().to_owned();
    gibibyte(&shared.path("big"));
    let ceremony = shared.path("ceremony");
    crate::common::keyrite()
        .arg("rehearse")
        .arg(repository("ceremonies/generate-and-split/script.yaml"))
        .arg("--out")
        .arg(&ceremony)
        .assert()
        .code(0);
    fs::create_dir(shared.path("broken")).unwrap();
    for name in ["script.yaml", "allowed_signers"] {
        fs::copy(ceremony.join(name), shared.path("broken").join(name)).unwrap();
    }
    gibibyte(&shared.path("broken/record.jsonl"));
    let token = Token::fresh(Kind::SoftHsm, "big");
    let company = Company::new();
    company.run(&[]).assert().code(0);
    crate::common::keyrite()
        .args(["register", "add"])
        .arg(company.path("register"))
        .arg(company.path("out"))
        .assert()
        .code(0);
    let script = company.path("script.yaml").to_str().unwrap().to_owned();
    let parameters = company.path("parameters.json");
    let parameters = parameters.to_str().unwrap();
    let register = company.path("register");
    let register = register.to_str().unwrap();
    let (one, two) = (shared.share(1), shared.share(2));
    let (one, two) = (one.to_str().unwrap(), two.to_str().unwrap());
    let wrap =
        "wrap --provider aws-kms --algorithm RSAES_OAEP_SHA_256 --key-type aes-256 --out OUT";
    let lines = [
        "check BIG",
        "check SCRIPT --organisation BIG",
        "check SCRIPT --token-profile BIG",
        "diff BIG SCRIPT",
        "diff SCRIPT BIG",
        "rehearse BIG",
        "print BIG",
        "run BIG --out OUT",
        "run SCRIPT --out OUT --answers BIG",
        "sign BIG --as ana --key BIG",
        "sign SCRIPT --as ana --key BIG",
        "WRAP --wrapping-key BIG --key-file ONE",
        "WRAP --wrapping-key PARAMETERS --key-file BIG",
        "WRAP --wrapping-key PARAMETERS --key-file ONE --import-token BIG",
        "combine BIG TWO --check-value",
        "combine ONE TWO --identity BIG --check-value",
        "combine ONE TWO --identity KEY --backup BIG --out OUT",
        "share verify BIG",
        "share show BIG",
        "share card BIG --out OUT",
        "fingerprint BIG",
        "verify CEREMONY --allowed-signers BIG",
        "confirm CEREMONY --provider aws-kms --answer BIG",
        "verify BROKEN",
        "report BROKEN",
        "export BROKEN",
        "given BROKEN",
        "diff SCRIPT BROKEN",
        "confirm BROKEN --provider aws-kms --answer BIG",
        "run BROKEN/script.yaml --out BROKEN --resume",
        "sign BROKEN --as ana --key BIG",
        "run SCRIPT --out OUT --organisation BIG",
        "share drill BIG --record CEREMONY",
        "share drill ONE --identity BIG --record CEREMONY",
        "reconcile REGISTER --provider aws --inventory BIG",
        "reconcile REGISTER --provider aws --key-id ID --access BIG BIG",
        "register access import REGISTER --provider aws-kms --key payments --key-id ID BIG",
        "register who REGISTER payments --allowed-signers BIG",
        "register checkpoint REGISTER --out OUT --allowed-signers BIG",
        "register add REGISTER BROKEN",
        "token show --token TOKEN --pin-file BIG",
        "token list --machine BIG",
    ];
    for line in lines {
        let line = line.replace("WRAP", wrap);
        let arguments: Vec<String> = line
            .split(' ')
            .map(|word| match word {
                "BIG" => path("big"),
                "OUT" => path("out"),
                "KEY" => path("1.key"),
                "SCRIPT" => script.clone(),
                "ONE" => one.to_owned(),
                "TWO" => two.to_owned(),
                "PARAMETERS" => parameters.to_owned(),
                "CEREMONY" => path("ceremony"),
                "REGISTER" => register.to_owned(),
                "TOKEN" => token.uri(),
                "BROKEN" => path("broken"),
                "BROKEN/script.yaml" => path("broken/script.yaml"),
                word => word.to_owned(),
            })
            .collect();
        // Half of it does not fit.
        let mut command = limited("-v 524288", &arguments);
        command.envs(token.environment().iter().cloned());
        told(&command.output().unwrap(), &line);
        assert!(!shared.path("out").exists(), "{line}");
    }
    // A list of keys is named in the script alone.
    let batch = shared.path("batch");
    fs::create_dir(&batch).unwrap();
    let shipped = repository("ceremonies/google-tenants");
    for file in fs::read_dir(shipped).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), batch.join(file.file_name())).unwrap();
    }
    gibibyte(&batch.join("tenants.csv"));
    let arguments = ["check".to_owned(), path("batch/script.yaml")];
    let output = limited("-v 524288", &arguments).output().unwrap();
    let said = told(&output, "a list of keys") + &String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("tenants.csv"), "{said}");
    // A log may be as large: it is read, and what it is not is told. One reader unpacks those of all providers.
    let arguments = ["reconcile", register, "--provider", "vault", &path("big")];
    let output = limited("-v 524288", &arguments.map(str::to_owned)).output();
    let output = output.unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert!(out.contains("1  places that could not be read"), "{out}");
    let mut verify = limited("-v 524288", &["verify".to_owned(), path("broken")]);
    let said = told(&verify.output().unwrap(), "verify");
    assert!(
        said.contains("is no record: it has a line of more than 16777216 bytes"),
        "{said}"
    );
}

/// What is no plain file could be read for ever.
#[test]
fn a_module_that_is_too_large_a_pipe_a_device_or_a_folder_is_refused_and_not_held() {
    let folder = tempfile::tempdir().unwrap();
    let big = folder.path().join("big");
    fs::File::create(&big).unwrap().set_len(64 << 20).unwrap();
    let pipe = folder.path().join("pipe");
    crate::common::make_pipe(&pipe);
    for (path, words) in [
        (big.as_path(), "is no PKCS#11 module"),
        (&pipe, "it is no plain file"),
        (Path::new("/dev/zero"), "it is no plain file"),
        (folder.path(), "it is a folder"),
    ] {
        let path = path.to_str().unwrap().to_owned();
        let arguments = ["token", "list", "--module", &path].map(str::to_owned);
        // The program alone takes less than this; the file does not fit in what is left.
        let said = told(&limited("-d 40960", &arguments).output().unwrap(), &path);
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_pipe_a_device_or_a_folder_in_the_place_of_an_input_is_refused() {
    let company = Company::new();
    let pipe = company.path("pipe");
    crate::common::make_pipe(&pipe);
    let script = company.path("script.yaml").to_str().unwrap().to_owned();
    for (path, words) in [
        (pipe.as_path(), "it is no plain file"),
        (Path::new("/dev/zero"), "it is no plain file"),
        (company.root.path(), "it is a folder"),
    ] {
        let path = path.to_str().unwrap();
        for line in [
            "check PATH",
            "rehearse PATH",
            "fingerprint PATH",
            "run SCRIPT --out OUT --answers PATH",
            "share verify PATH",
        ] {
            let line = line
                .replace("PATH", path)
                .replace("SCRIPT", &script)
                .replace("OUT", company.path("out").to_str().unwrap());
            let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let output = limited("-v 524288", &arguments).output().unwrap();
            let said = crate::common::one_line(&told(&output, &line));
            assert!(said.contains(words), "{line}: {said}");
        }
    }
}

/// The system would look for a bare name in its own folders, and load another file than the one whose
/// digest is recorded.
#[test]
fn a_module_without_a_folder_before_its_name_is_the_one_that_lies_here() {
    let token = Token::fresh(Kind::SoftHsm, "here");
    let folder = tempfile::tempdir().unwrap();
    fs::copy(token.module(), folder.path().join("module.so")).unwrap();
    let listed = token
        .keyrite()
        .args(["token", "list", "--module", "module.so"])
        .current_dir(folder.path())
        .assert()
        .code(0);
    let said = String::from_utf8_lossy(&listed.get_output().stdout).into_owned();
    assert!(said.contains("here"), "{said}");
}

/// Arguments of the practice run.
fn run_of(company: &Company) -> Vec<String> {
    let run = company.run_program();
    let answers = company.answers(&[]);
    run.get_args()
        .chain(["--answers".as_ref(), answers.as_os_str()])
        .map(|word| word.to_str().unwrap().to_owned())
        .collect()
}

/// Under each limit a run ends with an error, or well; without it, what was begun is finished.
#[track_caller]
fn survives(limits: &[&str], words: &str) {
    let mut met = 0;
    for limit in limits {
        let company = Company::new();
        let output = limited(limit, &run_of(&company)).output().unwrap();
        if !output.status.success() {
            let said = told(&output, limit);
            assert!(said.contains(words), "{limit}: {said}");
            met += 1;
        }
        let leftovers: Vec<String> = crate::source::files(company.root.path())
            .iter()
            .map(|path| path.display().to_string())
            .filter(|path| path.contains(".part"))
            .collect();
        assert_eq!(leftovers, [""; 0], "{limit}");
        if company.path("out").exists() && !output.status.success() {
            company.run(&[]).arg("--resume").assert().code(0);
        } else if !output.status.success() {
            company.run(&[]).assert().code(0);
        }
        company.verify().assert().code(0);
        nothing_leaked(&company, &output);
    }
    assert!(met > 0, "no limit of {limits:?} was met");
}

#[test]
fn a_limit_on_the_size_of_files_halts_and_is_not_the_end() {
    survives(&["-f 1", "-f 16", "-f 32"], "file too large");
}

#[test]
fn a_limit_on_open_files_halts_and_is_not_the_end() {
    survives(&["-n 4", "-n 6"], "too many open files");
}

/// A run at a terminal whose clock this test sets; the file that says how far it is ahead.
fn with_a_clock(company: &Company, more: &[&str]) -> PtySession {
    let library = company.path("clock.so");
    let source = repository("tests/data/memory/clock.c");
    let (source, made) = (source.to_str().unwrap(), library.to_str().unwrap());
    stock("cc", &["-shared", "-fPIC", "-o", made, source, "-ldl"]);
    let answers = company.answers(&[]);
    let mut command = company.run_program();
    command
        .arg("--answers")
        .arg(answers)
        .arg("--plain")
        .args(more)
        .env("LD_PRELOAD", &library)
        .env("KEYRITE_TEST_CLOCK", company.path("ahead"));
    spawn_command(command, Some(60_000)).unwrap()
}

#[test]
fn a_clock_that_jumps_back_halts_and_one_that_is_put_right_goes_on() {
    let company = Company::new();
    let mut session = with_a_clock(&company, &[]);
    for _ in 1..=4 {
        answer(&mut session, "Enter: do it", "");
    }
    session.exp_string("Enter: do it").unwrap();
    let before = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    fs::write(company.path("ahead"), "-86400").unwrap();
    session.send_line("").unwrap();
    session.exp_string("the clock went back").unwrap();
    session.exp_eof().unwrap();
    ends(&session, 4);
    let after = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    assert_eq!(after, before);
    company.run(&[]).arg("--resume").assert().code(0);
    company.verify().assert().code(0);
}

#[test]
fn a_clock_that_jumps_ahead_outlives_the_approval_and_nothing_is_wrapped() {
    let company = Company::new();
    let mut session = with_a_clock(&company, &[]);
    for _ in 1..=8 {
        answer(&mut session, "Enter: do it", "");
    }
    session.exp_string("Enter: do it").unwrap();
    // A year.
    fs::write(company.path("ahead"), "31536000").unwrap();
    session.send_line("").unwrap();
    session
        .exp_string("is not covered by an approval that still holds")
        .unwrap();
    session.exp_eof().unwrap();
    ends(&session, 4);
    let wrapped = company.path("out/artifacts/payments-for-aws");
    assert!(!wrapped.exists());
}

/// The terminal itself goes away: its other end is closed while people are asked.
#[test]
fn a_terminal_that_goes_away_halts_with_the_record_whole() {
    let company = Company::new();
    const CLOSES: &str = "
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b''
while b'into your keeping?' not in seen:
    if seen.endswith(b'a: abort '):
        os.write(terminal, b'\\n')
    seen += os.read(terminal, 4096)
os.close(terminal)
_, status = os.waitpid(pid, 0)
print(os.waitstatus_to_exitcode(status))
";
    let mut arguments = run_of(&company);
    company.answers(&[("5/holds/ben", "")]);
    arguments.push("--plain".to_owned());
    let output = python()
        .args(["-c", CLOSES, env!("CARGO_BIN_EXE_keyrite")])
        .args(arguments)
        .env("TERM", "xterm")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.stdout, b"4\n", "{said}");
    company.run(&[]).arg("--resume").assert().code(0);
    company.verify().assert().code(0);
}
