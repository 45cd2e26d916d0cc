//! Forty mistakes that people make with shares, and what each Shamir tool makes of them.
//!
//! Every tool splits the same secret, 3 of 5, and is driven as its users drive it: binary secrets
//! as hexadecimal with ssss and sharks, files with gfshare, words with SLIP-39, cards with keyrite
//! (an opened share where a mistake is about what is on no card alone).

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;

use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use keyrite::domain::record::hex;
use keyrite::domain::record::unhex;

use crate::common::python;
use crate::common::repository;
use crate::once::Shared;
use crate::once::bytes;

/// What came of a mistake.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Came {
    /// The tool refused.
    Refused,
    /// The right secret: the mistake did no harm.
    Right,
    /// Another secret, with success.
    Wrong,
    /// The tool has nothing that corresponds.
    Nothing,
}

/// A tool: its shares as people write them down, and what it rebuilds from them.
trait Tool {
    fn name(&self) -> &'static str;

    /// Shares 1 to 5 of a set; the sets differ by their number.
    fn shares(&self, set: usize) -> &[String];

    /// Where the characters of a share begin that are neither its number nor a label.
    fn typed(&self, share: &str) -> Vec<usize>;

    /// A share of another number, if the number is told beside the share.
    fn renumbered(&self, share: &str, number: u8) -> Option<String>;

    /// Rebuilds; `threshold` is what the people remember.
    fn combine(&self, shares: &[String], threshold: u8) -> Option<Vec<u8>>;
}

/// The secret that every set but the second splits.
fn secret() -> Vec<u8> {
    bytes(32)
}

/// What each set splits: the secret, something else, the secret again, the secret 2 of 5.
fn sets() -> [(Vec<u8>, u8); 4] {
    let other = secret().iter().map(|byte| !byte).collect();
    [(secret(), 3), (other, 3), (secret(), 3), (secret(), 2)]
}

fn fed(command: &mut Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    // Whoever refuses its arguments does not read.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// Every hexadecimal digit behind the number.
fn behind(share: &str, mark: char) -> Vec<usize> {
    let from = share.find(mark).map_or(0, |at| at + 1);
    (from..share.len()).collect()
}

struct Ssss(Vec<Vec<String>>);

impl Ssss {
    fn new() -> Self {
        let split = |(secret, threshold): &(Vec<u8>, u8)| {
            let mut command = Command::new("ssss-split");
            command.args(["-t", &threshold.to_string(), "-n", "5", "-x", "-q"]);
            let output = fed(&mut command, &hex(secret));
            text(&output.stdout).lines().map(str::to_owned).collect()
        };
        Self(sets().iter().map(split).collect())
    }
}

impl Tool for Ssss {
    fn name(&self) -> &'static str {
        "ssss"
    }

    fn shares(&self, set: usize) -> &[String] {
        &self.0[set]
    }

    fn typed(&self, share: &str) -> Vec<usize> {
        behind(share, '-')
    }

    fn renumbered(&self, share: &str, number: u8) -> Option<String> {
        Some(format!("{number}-{}", share.split_once('-').unwrap().1))
    }

    fn combine(&self, shares: &[String], threshold: u8) -> Option<Vec<u8>> {
        let mut command = Command::new("ssss-combine");
        command.args(["-t", &threshold.to_string(), "-x", "-q"]);
        let output = fed(&mut command, &(shares.join("\n") + "\n"));
        // The secret comes on standard error; with -q nothing else does.
        let said = text(&[output.stdout, output.stderr].concat());
        output
            .status
            .success()
            .then(|| unhex(&said).unwrap_or_default())
    }
}

/// Shares as `NNN:hexadecimal`: the number is in the name of a file, the rest its bytes.
struct Gfshare(Vec<Vec<String>>);

impl Gfshare {
    fn new() -> Self {
        let split = |(secret, threshold): &(Vec<u8>, u8)| {
            let room = tempfile::tempdir().unwrap();
            fs::write(room.path().join("secret"), secret).unwrap();
            let made = Command::new("gfsplit")
                .args(["-n", &threshold.to_string(), "-m", "5", "secret"])
                .current_dir(room.path())
                .status()
                .unwrap();
            assert!(made.success());
            let mut shares: Vec<String> = fs::read_dir(room.path())
                .unwrap()
                .filter_map(|file| {
                    let path = file.unwrap().path();
                    let number = path.extension()?.to_str()?.to_owned();
                    Some(format!("{number}:{}", hex(&fs::read(&path).unwrap())))
                })
                .collect();
            shares.sort();
            shares
        };
        Self(sets().iter().map(split).collect())
    }
}

impl Tool for Gfshare {
    fn name(&self) -> &'static str {
        "gfshare"
    }

    fn shares(&self, set: usize) -> &[String] {
        &self.0[set]
    }

    fn typed(&self, share: &str) -> Vec<usize> {
        behind(share, ':')
    }

    fn renumbered(&self, share: &str, number: u8) -> Option<String> {
        Some(format!("{number:03}:{}", share.split_once(':').unwrap().1))
    }

    fn combine(&self, shares: &[String], _threshold: u8) -> Option<Vec<u8>> {
        let room = tempfile::tempdir().unwrap();
        let mut names = Vec::new();
        for (place, share) in shares.iter().enumerate() {
            let (number, digits) = share.split_once(':').unwrap_or(("001", share));
            let folder = room.path().join(place.to_string());
            fs::create_dir(&folder).unwrap();
            let name = folder.join(format!("secret.{number}"));
            // Whoever types hexadecimal sees that these are no bytes.
            fs::write(&name, unhex(&digits.to_lowercase())?).unwrap();
            names.push(name);
        }
        let out = room.path().join("out");
        let output = Command::new("gfcombine")
            .arg("-o")
            .arg(&out)
            .args(names)
            .output()
            .unwrap();
        if output.status.success() {
            fs::read(out).ok()
        } else {
            None
        }
    }
}

struct Sharks(Vec<Vec<String>>);

impl Sharks {
    fn command(arguments: &[&str]) -> Command {
        let program = repository("target/modules/debug/sharks");
        assert!(program.exists(), "tests/run builds {}", program.display());
        let mut command = Command::new(program);
        command.args(arguments);
        command
    }

    fn new() -> Self {
        let split = |(secret, threshold): &(Vec<u8>, u8)| {
            let mut command = Self::command(&["split", &threshold.to_string(), "5"]);
            let output = fed(&mut command, &hex(secret));
            text(&output.stdout).lines().map(str::to_owned).collect()
        };
        Self(sets().iter().map(split).collect())
    }
}

impl Tool for Sharks {
    fn name(&self) -> &'static str {
        "sharks"
    }

    fn shares(&self, set: usize) -> &[String] {
        &self.0[set]
    }

    fn typed(&self, share: &str) -> Vec<usize> {
        (2..share.len()).collect()
    }

    fn renumbered(&self, share: &str, number: u8) -> Option<String> {
        Some(format!("{number:02x}{}", &share[2..]))
    }

    fn combine(&self, shares: &[String], threshold: u8) -> Option<Vec<u8>> {
        let mut command = Self::command(&["combine", &threshold.to_string()]);
        let output = fed(&mut command, &(shares.join("\n") + "\n"));
        output
            .status
            .success()
            .then(|| unhex(&text(&output.stdout)).unwrap_or_default())
    }
}

struct Slip39(Vec<Vec<String>>);

impl Slip39 {
    fn python(program: &str, input: &str) -> Output {
        fed(python().args(["-c", program]), input)
    }

    fn new() -> Self {
        const SPLIT: &str = "
import sys
from shamir_mnemonic import generate_mnemonics
secret, threshold = sys.stdin.read().split()
for words in generate_mnemonics(1, [(int(threshold), 5)], bytes.fromhex(secret))[0]: print(words)
";
        let split = |(secret, threshold): &(Vec<u8>, u8)| {
            let output = Self::python(SPLIT, &format!("{} {threshold}", hex(secret)));
            text(&output.stdout).lines().map(str::to_owned).collect()
        };
        Self(sets().iter().map(split).collect())
    }
}

impl Tool for Slip39 {
    fn name(&self) -> &'static str {
        "slip39"
    }

    fn shares(&self, set: usize) -> &[String] {
        &self.0[set]
    }

    /// Words from the fifth on; those before say set, group and number.
    fn typed(&self, share: &str) -> Vec<usize> {
        let from = share.match_indices(' ').nth(3).map_or(0, |(at, _)| at + 1);
        let letter = |at: &usize| share.as_bytes()[*at] != b' ';
        (from..share.len()).filter(letter).collect()
    }

    fn renumbered(&self, _share: &str, _number: u8) -> Option<String> {
        None
    }

    fn combine(&self, shares: &[String], _threshold: u8) -> Option<Vec<u8>> {
        const COMBINE: &str = "
import sys
from shamir_mnemonic import combine_mnemonics
print(combine_mnemonics(sys.stdin.read().splitlines()).hex())
";
        let output = Self::python(COMBINE, &shares.join("\n"));
        output
            .status
            .success()
            .then(|| unhex(&text(&output.stdout)).unwrap_or_default())
    }
}

/// Shares are cards; one that is renumbered is the text of an opened share.
struct Keyrite {
    sets: Vec<Shared>,
    cards: Vec<Vec<String>>,
}

impl Keyrite {
    fn new() -> Self {
        let sets: Vec<Shared> = sets()
            .iter()
            .map(|(secret, threshold)| Shared::new(*threshold, 5, secret, &[]))
            .collect();
        let card = |set: &Shared, number| fs::read_to_string(set.card(number)).unwrap();
        let cards = sets
            .iter()
            .map(|set| (1..=5).map(|number| card(set, number)).collect())
            .collect();
        Self { sets, cards }
    }
}

impl Tool for Keyrite {
    fn name(&self) -> &'static str {
        "keyrite"
    }

    fn shares(&self, set: usize) -> &[String] {
        &self.cards[set]
    }

    /// The digits of the lines, without their numbers.
    fn typed(&self, share: &str) -> Vec<usize> {
        let mut digits = Vec::new();
        let mut begins = 0;
        for line in share.split_inclusive('\n') {
            if line.starts_with(|c: char| c.is_ascii_digit()) {
                let group = |at: &usize| !line.as_bytes()[*at].is_ascii_whitespace();
                digits.extend((3..line.len()).filter(group).map(|at| begins + at));
            }
            begins += line.len();
        }
        digits
    }

    fn renumbered(&self, share: &str, number: u8) -> Option<String> {
        let place = self.cards[0].iter().position(|card| card == share)?;
        let before = u8::try_from(place).unwrap() + 1;
        let text = self.sets[0].opened(before);
        Some(text.replace(
            &format!("\nindex {before}\n"),
            &format!("\nindex {number}\n"),
        ))
    }

    fn combine(&self, shares: &[String], _threshold: u8) -> Option<Vec<u8>> {
        let room = tempfile::tempdir().unwrap();
        let paths: Vec<_> = shares
            .iter()
            .enumerate()
            .map(|(place, share)| {
                let path = room.path().join(format!("{place}.txt"));
                fs::write(&path, share).unwrap();
                path
            })
            .collect();
        let out = room.path().join("out.bin");
        let done = self.sets[0]
            .combine(&paths, &["--out"])
            .arg(&out)
            .output()
            .unwrap();
        let secret = fs::read(&out).ok();
        assert_eq!(done.status.success(), secret.is_some());
        secret
    }
}

/// The share with a character at that part of it replaced by the next of its alphabet.
fn mistyped(tool: &dyn Tool, share: &str, part: usize, of: usize) -> String {
    let typed = tool.typed(share);
    let at = typed[part * (typed.len() - 1) / of];
    let next = match &share[at..=at] {
        "9" => "8",
        "f" => "e",
        "z" => "a",
        "Z" => "A",
        "8" => "9",
        "H" => "J",
        "K" => "M",
        "N" => "P",
        "T" => "V",
        other => {
            let byte = other.as_bytes()[0] + 1;
            return [
                &share[..at],
                &char::from(byte).to_string(),
                &share[at + 1..],
            ]
            .concat();
        }
    };
    [&share[..at], next, &share[at + 1..]].concat()
}

/// The share with two neighbours exchanged: the first two from that part on that differ.
fn exchanged(tool: &dyn Tool, share: &str, part: usize, of: usize) -> String {
    let typed = tool.typed(share);
    let from = part * (typed.len() - 1) / of;
    let bytes = share.as_bytes();
    let pairs = typed.windows(2).cycle().skip(from);
    let mut differ =
        pairs.filter(|pair| pair[1] == pair[0] + 1 && bytes[pair[0]] != bytes[pair[1]]);
    let at = differ.next().unwrap()[0];
    let swapped = [&share[at + 1..at + 2], &share[at..=at]].concat();
    [&share[..at], &swapped, &share[at + 2..]].concat()
}

/// The share with so many characters at that part of it left out, or typed twice.
fn counted(tool: &dyn Tool, share: &str, part: usize, times: usize) -> String {
    let typed = tool.typed(share);
    let at = typed[part * (typed.len() - 1) / 2];
    [
        &share[..at],
        &share[at..=at].repeat(times),
        &share[at + 1..],
    ]
    .concat()
}

/// The first part of a share, so many eighths of what is typed.
fn cut(tool: &dyn Tool, share: &str, eighths: usize) -> String {
    let typed = tool.typed(share);
    share[..typed[typed.len() * eighths / 8]].to_owned()
}

/// The first half of one share and the second of another.
fn spliced(tool: &dyn Tool, one: &str, other: &str) -> String {
    let half = |share: &str| {
        let typed = tool.typed(share);
        typed[typed.len() / 2]
    };
    [&one[..half(one)], &other[half(other)..]].concat()
}

/// A mistake: what it is, and the shares that people bring because of it, with the threshold.
type Mistake = (String, Box<dyn Fn(&dyn Tool) -> Option<(Vec<String>, u8)>>);

/// Shares 2, 4 and 5 in which the last was changed.
fn last(what: String, change: impl Fn(&dyn Tool, &str) -> String + 'static) -> Mistake {
    let bring = move |tool: &dyn Tool| {
        let ours = tool.shares(0);
        let changed = change(tool, &ours[4]);
        Some((vec![ours[1].clone(), ours[3].clone(), changed], 3))
    };
    (what, Box::new(bring))
}

/// Shares by set and number.
fn these(what: &str, picked: &'static [(usize, usize)], threshold: u8) -> Mistake {
    let bring = move |tool: &dyn Tool| {
        let share = |(set, number): &(usize, usize)| tool.shares(*set)[number - 1].clone();
        Some((picked.iter().map(share).collect(), threshold))
    };
    (what.to_owned(), Box::new(bring))
}

/// Shares by number, and the number that people give each.
fn numbered(what: &str, picked: &'static [(usize, u8)]) -> Mistake {
    let bring = move |tool: &dyn Tool| {
        let shares = picked
            .iter()
            .map(|(share, number)| {
                let text = &tool.shares(0)[share - 1];
                if usize::from(*number) == *share {
                    Some(text.clone())
                } else {
                    tool.renumbered(text, *number)
                }
            })
            .collect::<Option<Vec<_>>>()?;
        Some((shares, 3))
    };
    (what.to_owned(), Box::new(bring))
}

fn mistakes() -> Vec<Mistake> {
    let mut all: Vec<Mistake> = Vec::new();
    for part in 0..10 {
        all.push(last(
            format!("one character wrong, place {} of 10", part + 1),
            move |tool, share| mistyped(tool, share, part, 9),
        ));
    }
    for (part, place) in ["at the beginning", "in the middle", "near the end"]
        .iter()
        .enumerate()
    {
        all.push(last(
            format!("two neighbours exchanged {place}"),
            move |tool, share| exchanged(tool, share, part, 3),
        ));
    }
    for (part, place) in ["at the beginning", "in the middle", "at the end"]
        .iter()
        .enumerate()
    {
        all.push(last(
            format!("one character left out {place}"),
            move |tool, share| counted(tool, share, part, 0),
        ));
        all.push(last(
            format!("one character typed twice {place}"),
            move |tool, share| counted(tool, share, part, 2),
        ));
    }
    all.extend([
        last("two characters left out".to_owned(), |tool, share| {
            counted(tool, &counted(tool, share, 1, 0), 1, 0)
        }),
        last("two characters wrong".to_owned(), |tool, share| {
            mistyped(tool, &mistyped(tool, share, 2, 9), 7, 9)
        }),
        last("the last eighth missing".to_owned(), |tool, share| {
            cut(tool, share, 7)
        }),
        last("the last half missing".to_owned(), |tool, share| {
            cut(tool, share, 4)
        }),
        last("nothing in the file".to_owned(), |_, _| String::new()),
        last(
            "the second half of another share".to_owned(),
            |tool, share| spliced(tool, share, &tool.shares(0)[2]),
        ),
        last(
            "the second half of another set".to_owned(),
            |tool, share| spliced(tool, share, &tool.shares(1)[4]),
        ),
        these("one share missing", &[(0, 2), (0, 5)], 3),
        these(
            "one share missing, the threshold misremembered",
            &[(0, 2), (0, 5)],
            2,
        ),
        these("one share there twice", &[(0, 2), (0, 5), (0, 5)], 3),
        these("one share there three times", &[(0, 4), (0, 4), (0, 4)], 3),
        these("one share of another secret", &[(0, 2), (0, 4), (1, 5)], 3),
        these("two shares of another secret", &[(0, 2), (1, 4), (1, 5)], 3),
        these(
            "one share of an earlier split",
            &[(0, 2), (0, 4), (2, 5)],
            3,
        ),
        these(
            "two shares of an earlier split",
            &[(0, 2), (2, 4), (2, 5)],
            3,
        ),
        these("one share of a split 2 of 5", &[(0, 2), (0, 4), (3, 5)], 3),
        numbered("the number of one share changed", &[(2, 2), (4, 4), (5, 3)]),
        numbered(
            "the numbers of two shares exchanged",
            &[(2, 4), (4, 2), (5, 5)],
        ),
        numbered(
            "one share with the number of another",
            &[(2, 2), (4, 4), (5, 4)],
        ),
        numbered("one share with number 0", &[(2, 2), (4, 4), (5, 0)]),
    ]);
    all.push((
        "four shares, one character wrong in one".to_owned(),
        Box::new(|tool| {
            let ours = tool.shares(0);
            let wrong = mistyped(tool, &ours[4], 4, 9);
            Some((
                vec![wrong, ours[0].clone(), ours[1].clone(), ours[3].clone()],
                3,
            ))
        }),
    ));
    all
}

#[test]
fn forty_mistakes_make_no_wrong_secret_here() {
    let tools: [Box<dyn Tool>; 5] = [
        Box::new(Ssss::new()),
        Box::new(Gfshare::new()),
        Box::new(Slip39::new()),
        Box::new(Sharks::new()),
        Box::new(Keyrite::new()),
    ];
    for tool in &tools {
        let shares = [1, 3, 4].map(|place| tool.shares(0)[place].clone());
        let rebuilt = tool.combine(&shares, 3);
        assert_eq!(rebuilt, Some(secret()), "{} without a mistake", tool.name());
    }
    let mistakes = mistakes();
    assert_eq!(mistakes.len(), 40);
    let names: Vec<String> = tools
        .iter()
        .map(|tool| format!("{:>8}", tool.name()))
        .collect();
    let mut table = vec![format!("{:<50}{}", "mistake", names.concat())];
    let mut wrong = [0; 5];
    for (what, bring) in &mistakes {
        let mut row = format!("{what:<50}");
        for (place, tool) in tools.iter().enumerate() {
            let came = match bring(tool.as_ref()) {
                None => Came::Nothing,
                Some((shares, threshold)) => match tool.combine(&shares, threshold) {
                    None => Came::Refused,
                    Some(rebuilt) if rebuilt == secret() => Came::Right,
                    Some(_) => Came::Wrong,
                },
            };
            wrong[place] += usize::from(came == Came::Wrong);
            let word = match came {
                Came::Refused => "refused",
                Came::Right => "right",
                Came::Wrong => "WRONG",
                Came::Nothing => "-",
            };
            write!(row, "{word:>8}").unwrap();
        }
        table.push(row);
    }
    let counts: Vec<String> = wrong.iter().map(|count| format!("{count:>8}")).collect();
    table.push(format!("{:<50}{}", "silent wrong secrets", counts.concat()));
    println!("{}", table.join("\n"));
    assert_eq!(wrong[4], 0, "{}", table.join("\n"));
    // The tools are driven rightly: those without checks do go wrong.
    assert!(wrong[0] > 10 && wrong[1] > 10 && wrong[3] > 10, "{wrong:?}");
}
