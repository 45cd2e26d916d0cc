//! What stands around this process: whoever works from elsewhere, whatever records the terminal, and
//! the disk that the ceremony goes to.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::engine::host::Found;

/// A process on the way up from this one, as its first 15 letters.
type Ancestor = String;

/// Variables that a remote login sets (sshd(8), mosh(1)).
const REMOTE_VARIABLES: [&str; 3] = ["SSH_CONNECTION", "SSH_TTY", "MOSH_CONNECTION"];
/// Programs through which somebody works from elsewhere.
const REMOTE_PROGRAMS: [&str; 8] = [
    "sshd",
    "sshd-session",
    "mosh-server",
    "in.telnetd",
    "telnetd",
    "xrdp-sesman",
    "ttyd",
    "gotty",
];
/// Variables that a multiplexer or recorder sets (tmux(1), screen(1), zellij, asciinema(1)).
const RECORDER_VARIABLES: [&str; 4] = ["TMUX", "STY", "ZELLIJ", "ASCIINEMA_REC"];
/// Programs that stand between terminal and shell and keep what they see, or can.
const RECORDER_PROGRAMS: [&str; 13] = [
    "tmux: server",
    "tmux",
    "screen",
    "SCREEN",
    "zellij",
    "byobu",
    "dtach",
    "abduco",
    "script",
    "scriptlive",
    "asciinema",
    "ttyrec",
    "termrec",
];
/// File systems in memory: gone with the power.
const MEMORY: [&str; 3] = ["tmpfs", "ramfs", "rootfs"];
/// File systems on another machine.
const NETWORK: [&str; 12] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "fuse.sshfs",
    "virtiofs",
];

/// How processes are followed upwards; more is a loop.
const MAX_ANCESTORS: usize = 64;

/// Whether somebody works at the machine from elsewhere.
pub(super) fn remote(root: &Path, variable: impl Fn(&str) -> bool) -> Found {
    found(
        root,
        &REMOTE_VARIABLES,
        &REMOTE_PROGRAMS,
        variable,
        "nobody works from elsewhere, as far as this process sees",
    )
}

/// Whether a program stands between terminal and keyrite that could keep what is shown.
pub(super) fn recorder(root: &Path, variable: impl Fn(&str) -> bool) -> Found {
    let traced = fs::read_to_string(root.join("proc/self/status")).ok();
    let traced = traced.as_deref().and_then(tracer);
    if let Some(by) = traced {
        return Found {
            words: format!("process {by} traces this one"),
            off: false,
        };
    }
    found(
        root,
        &RECORDER_VARIABLES,
        &RECORDER_PROGRAMS,
        variable,
        "no multiplexer or recorder, as far as this process sees",
    )
}

/// The process that traces this one, by its status.
fn tracer(status: &str) -> Option<u32> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("TracerPid:"))?;
    line.trim().parse().ok().filter(|pid| *pid != 0)
}

fn found(
    root: &Path,
    variables: &[&str],
    programs: &[&str],
    variable: impl Fn(&str) -> bool,
    off: &str,
) -> Found {
    let mut signs: Vec<String> = variables
        .iter()
        .filter(|name| variable(name))
        .map(|name| format!("{name} is set"))
        .collect();
    match ancestors(root) {
        Some(above) => signs.extend(
            above
                .iter()
                .filter(|name| programs.contains(&name.as_str()))
                .map(|name| format!("{name} runs above this process")),
        ),
        None => signs.push("the system does not say which programs run above".to_owned()),
    }
    if signs.is_empty() {
        return Found {
            words: off.to_owned(),
            off: true,
        };
    }
    Found {
        words: signs.join(", "),
        off: false,
    }
}

/// The names of the processes above this one.
fn ancestors(root: &Path) -> Option<Vec<Ancestor>> {
    let mut above = Vec::new();
    let mut stat = fs::read_to_string(root.join("proc/self/stat")).ok()?;
    for _ in 0..MAX_ANCESTORS {
        let parent = parent(&stat)?;
        if parent == 0 {
            break;
        }
        // Whoever started this in another namespace or for another user cannot be seen.
        let Ok(next) = fs::read_to_string(root.join(format!("proc/{parent}/stat"))) else {
            break;
        };
        above.push(name(&next)?.to_owned());
        stat = next;
    }
    Some(above)
}

/// The name in a line of `/proc/PID/stat` (proc_pid_stat(5)): it may hold brackets itself.
fn name(stat: &str) -> Option<&str> {
    let (_, rest) = stat.split_once('(')?;
    let (name, _) = rest.rsplit_once(')')?;
    Some(name)
}

/// The number of the parent in such a line.
fn parent(stat: &str) -> Option<u32> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

/// The file system in which `dir` is or is going to be; `off` if it lasts and is of this machine.
pub(super) fn place(root: &Path, dir: &Path) -> Found {
    let Some(there) = existing(dir) else {
        return unknown();
    };
    let Ok(table) = fs::read_to_string(root.join("proc/self/mountinfo")) else {
        return unknown();
    };
    let Some(mount) = mount_of(&table, &there) else {
        return unknown();
    };
    let Mount {
        device,
        kind,
        source,
    } = mount;
    let on = format!("{kind} on {source}");
    if MEMORY.contains(&kind.as_str()) {
        return Found {
            words: format!("{on}: in memory, gone with the power"),
            off: false,
        };
    }
    if NETWORK.contains(&kind.as_str()) {
        return Found {
            words: format!("{on}: on another machine"),
            off: false,
        };
    }
    if removable(root, &device) {
        return Found {
            words: format!("{on}: a removable medium"),
            off: true,
        };
    }
    Found {
        words: on,
        off: true,
    }
}

/// The UUID of the file system in which `dir` is or is going to be, by the links that udev(7) makes.
pub(super) fn medium(root: &Path, dir: &Path) -> Option<String> {
    let table = fs::read_to_string(root.join("proc/self/mountinfo")).ok()?;
    let mount = mount_of(&table, &existing(dir)?)?;
    let beneath = |path: &Path| root.join(path.strip_prefix("/").unwrap_or(path));
    let device = beneath(Path::new(&mount.source)).canonicalize().ok()?;
    let links = fs::read_dir(root.join("dev/disk/by-uuid")).ok()?;
    links.flatten().find_map(|link| {
        let is_it = link.path().canonicalize().is_ok_and(|path| path == device);
        is_it.then(|| link.file_name().into_string().ok()).flatten()
    })
}

fn unknown() -> Found {
    Found {
        words: "the system does not say".to_owned(),
        off: false,
    }
}

/// Room in the file system in which `dir` is or is going to be, in bytes.
pub(super) fn space(dir: &Path) -> Option<u64> {
    let seen = rustix::fs::statvfs(&existing(dir)?).ok()?;
    seen.f_bavail.checked_mul(seen.f_frsize)
}

/// The nearest folder that exists.
fn existing(dir: &Path) -> Option<PathBuf> {
    let dir = std::path::absolute(dir).ok()?;
    dir.ancestors()
        .find_map(|folder| folder.canonicalize().ok())
}

struct Mount {
    device: String,
    kind: String,
    source: String,
}

/// The mount below which a path is, the last one of the longest (proc_pid_mountinfo(5)).
fn mount_of(table: &str, path: &Path) -> Option<Mount> {
    let mounts = table.lines().filter_map(|line| {
        let (before, behind) = line.split_once(" - ")?;
        let mut fields = before.split(' ');
        let device = fields.nth(2)?.to_owned();
        let point = PathBuf::from(fields.nth(1)?.replace("\\040", " "));
        let mut fields = behind.split(' ');
        let kind = fields.next()?.to_owned();
        let source = fields.next()?.to_owned();
        path.starts_with(&point).then_some((
            point.components().count(),
            Mount {
                device,
                kind,
                source,
            },
        ))
    });
    mounts
        .max_by_key(|(depth, _)| *depth)
        .map(|(_, mount)| mount)
}

/// Whether the kernel calls a block device, or the disk that it is a part of, removable.
fn removable(root: &Path, device: &str) -> bool {
    let block = root.join("sys/dev/block").join(device);
    ["removable", "../removable"]
        .iter()
        .any(|name| fs::read_to_string(block.join(name)).is_ok_and(|text| text.trim() == "1"))
}

/// The time zone that the machine is set to, by the file that `etc/localtime` is.
pub(super) fn zone(root: &Path, variable: Option<String>) -> String {
    if let Some(zone) = variable.filter(|zone| !zone.is_empty()) {
        return format!("{zone} (of TZ)");
    }
    let link = fs::read_link(root.join("etc/localtime")).ok();
    let zone = link.and_then(|link| {
        let text = link.to_string_lossy().into_owned();
        text.split_once("zoneinfo/")
            .map(|(_, zone)| zone.to_owned())
    });
    zone.unwrap_or_else(|| "UTC, as far as the machine says".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            crate::engine::files::write_file(&path, text.as_bytes()).unwrap();
        }
        root
    }

    const SELF: (&str, &str) = ("proc/self/stat", "9 (keyrite) S 8 9 9");
    const NOBODY: fn(&str) -> bool = |_| false;

    #[test]
    fn a_terminal_is_local_if_nothing_above_says_otherwise() {
        let root = machine(&[SELF, ("proc/8/stat", "8 (bash) S 0 8 8")]);
        assert!(remote(root.path(), NOBODY).off);
        assert!(recorder(root.path(), NOBODY).off);
        assert!(!remote(root.path(), |name| name == "SSH_TTY").off);
        assert!(!recorder(root.path(), |name| name == "TMUX").off);
        let silent = machine(&[]);
        assert!(!remote(silent.path(), NOBODY).off);
        assert!(!recorder(silent.path(), NOBODY).off);
    }

    #[test]
    fn a_program_above_is_seen_however_far_up_it_is() {
        for (above, remotely, recorded) in [
            ("sshd", true, false),
            ("tmux: server", false, true),
            ("script", false, true),
            ("a (b) c", false, false),
        ] {
            let top = format!("7 ({above}) S 0 7 7");
            let root = machine(&[
                SELF,
                ("proc/8/stat", "8 (bash) S 7 8 8"),
                ("proc/7/stat", &top),
            ]);
            assert_eq!(remote(root.path(), NOBODY).off, !remotely, "{above}");
            assert_eq!(recorder(root.path(), NOBODY).off, !recorded, "{above}");
        }
    }

    #[test]
    fn a_process_that_traces_this_one_can_keep_what_it_sees() {
        for (status, off) in [
            ("TracerPid:\t0\n", true),
            ("Name:\tx\nTracerPid:\t12\n", false),
        ] {
            let root = machine(&[
                SELF,
                ("proc/8/stat", "8 (bash) S 0 8 8"),
                ("proc/self/status", status),
            ]);
            assert_eq!(recorder(root.path(), NOBODY).off, off, "{status}");
        }
    }

    #[test]
    fn a_folder_is_on_the_deepest_mount_above_it() {
        let there = tempfile::tempdir().unwrap();
        let there = there.path().canonicalize().unwrap();
        let deep = there.to_string_lossy().replace(' ', "\\040");
        for (kind, off, words) in [
            ("ext4", true, "ext4 on /dev/b"),
            ("tmpfs", false, "in memory"),
            ("nfs4", false, "on another machine"),
        ] {
            let table = format!(
                "1 0 8:1 / / rw - xfs /dev/a rw\n2 1 8:17 / {deep} rw shared:1 - {kind} /dev/b rw\n"
            );
            let root = machine(&[("proc/self/mountinfo", &table)]);
            let found = place(root.path(), &there.join("not/yet"));
            assert_eq!(found.off, off, "{found:?}");
            assert!(found.words.contains(words), "{found:?}");
        }
        let table = "1 0 8:1 / / rw - vfat /dev/a rw\n";
        let root = machine(&[
            ("proc/self/mountinfo", table),
            ("sys/dev/block/8:1/removable", "1\n"),
        ]);
        let found = place(root.path(), &there);
        assert!(found.words.contains("a removable medium"), "{found:?}");
        assert_eq!(place(machine(&[]).path(), &there), unknown());
    }

    #[test]
    fn a_medium_is_known_by_the_uuid_of_its_file_system() {
        let there = tempfile::tempdir().unwrap();
        let there = there.path().canonicalize().unwrap();
        let root = machine(&[
            (
                "proc/self/mountinfo",
                "1 0 8:17 / / rw - vfat /dev/sdb1 rw\n",
            ),
            ("dev/sda1", ""),
            ("dev/sdb1", ""),
            ("dev/disk/by-uuid/of-nothing", ""),
        ]);
        assert_eq!(medium(root.path(), &there), None);
        for (uuid, device) in [("0A1B-2C3D", "sdb1"), ("9999-0000", "sda1")] {
            let link = root.path().join("dev/disk/by-uuid").join(uuid);
            std::os::unix::fs::symlink(format!("../../{device}"), link).unwrap();
        }
        assert_eq!(medium(root.path(), &there).unwrap(), "0A1B-2C3D");
        assert_eq!(medium(machine(&[]).path(), &there), None);
    }

    #[test]
    fn a_zone_is_that_of_the_variable_or_of_the_machine() {
        let root = machine(&[("etc/other", "")]);
        let path = root.path();
        assert_eq!(
            zone(path, Some("Asia/Tokyo".to_owned())),
            "Asia/Tokyo (of TZ)"
        );
        assert!(zone(path, None).starts_with("UTC"));
        let link = path.join("etc/localtime");
        std::os::unix::fs::symlink("/usr/share/zoneinfo/Europe/Lisbon", link).unwrap();
        assert_eq!(zone(path, None), "Europe/Lisbon");
    }

    #[test]
    fn room_is_that_of_the_nearest_folder_there_is() {
        let there = tempfile::tempdir().unwrap();
        assert!(space(&there.path().join("not/yet")).is_some());
    }
}
