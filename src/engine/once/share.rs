//! Shares as they are brought outside a ceremony: sealed, opened, or on a card.

use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;

use crate::custody::card::Card;
use crate::custody::card::entry;
use crate::custody::card::entry::Entry;
use crate::custody::card::looks_like_card;
use crate::custody::error::ShareError;
use crate::custody::gathering::Gathering;
use crate::custody::gathering::Trusted;
use crate::custody::seal::Identities;
use crate::custody::seal::looks_sealed;
use crate::custody::seal::open;
use crate::custody::seal::wants_passphrase;
use crate::custody::share::SetId;
use crate::custody::share::Share;
use crate::engine::desk::ByLine;
use crate::engine::desk::Desk;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::given::given;
use crate::engine::once::OnceError;
use crate::secret::Secret;

/// The name of standard input, and of a card that is typed.
const INPUT: &str = "-";

/// Reads identity files; the passphrase of an encrypted one is asked for.
pub fn identities(desk: &mut dyn Desk, paths: &[PathBuf]) -> Result<Identities, EngineError> {
    let mut identities = Identities::default();
    for path in paths {
        let file = files::read_secret(path)?;
        let label = path.display().to_string();
        match identities.add(&file, None, &label) {
            Err(ShareError::PassphraseNeeded { .. }) => {
                let question = Question::input("passphrase", format!("the passphrase of {label}"));
                let passphrase = desk.secret(&question)?;
                identities.add(&file, Some(&passphrase), &label)?;
            }
            other => other?,
        }
    }
    Ok(identities)
}

/// Reads a share from a file, or has its card typed in where the path is `-`. `label` is what
/// errors call it.
pub fn bring(
    desk: &mut dyn Desk,
    path: &Path,
    identities: &mut Identities,
    label: &str,
) -> Result<Share, EngineError> {
    if path.as_os_str() == INPUT && desk.patient() {
        return typed(desk, label);
    }
    let file = if path.as_os_str() == INPUT {
        read_input()?
    } else {
        read_file(path)?
    };
    if !looks_sealed(file.expose()) {
        return Ok(parse(&file, label)?);
    }
    if wants_passphrase(file.expose(), label)? {
        let question = Question::input("passphrase", format!("the passphrase of {label}"));
        identities.add_passphrase(desk.secret(&question)?);
    }
    let text = open(file.expose(), identities, label)?;
    Ok(parse(&text, label)?)
}

/// Reads an opened share, or the text of a card.
pub fn parse(text: &Secret, label: &str) -> Result<Share, ShareError> {
    if looks_like_card(text.expose()) {
        entry::parse(text, label)
    } else {
        Share::parse(text, label)
    }
}

/// Has a card typed in at the terminal, line by line, until it is one.
fn typed(desk: &mut dyn Desk, label: &str) -> Result<Share, EngineError> {
    loop {
        let mut entry = Entry::new(label);
        let question = Question::input("card", format!("Type {label}, line by line"));
        desk.type_in(&question, &mut entry)?;
        match entry.share() {
            Ok(share) => return Ok(share),
            Err(error) => say(desk, &error),
        }
    }
}

fn say(desk: &mut dyn Desk, error: &ShareError) {
    use crate::error::Diagnose as _;
    let hint = error.hint();
    desk.say(Say::Trouble {
        message: &error.to_string(),
        hint: hint.as_deref(),
    });
}

impl ByLine for Entry {
    fn wanted(&self) -> Option<String> {
        let wanted = self.wanted();
        (!self.complete()).then(|| match self.lines() {
            Some(lines) => format!("{wanted:02} of {lines:02}"),
            None => format!("{wanted:02}"),
        })
    }

    fn take(&mut self, line: &Secret) -> Result<(), String> {
        self.line(line.expose()).map_err(|error| error.to_string())
    }
}

fn read_file(path: &Path) -> Result<Secret, EngineError> {
    let link = path.symlink_metadata().is_ok_and(|seen| seen.is_symlink());
    if link {
        return Err(OnceError::Link(path.to_owned()).into());
    }
    let file = files::read_secret(path)?;
    if file.expose().trim_ascii().is_empty() {
        return Err(OnceError::Empty(path.to_owned()).into());
    }
    Ok(file)
}

/// Reads all of standard input, up to the limit of a file.
pub fn read_input() -> Result<Secret, EngineError> {
    let path = PathBuf::from("standard input");
    let mut place = Secret::zeroed(files::MAX_SECRET_INPUT);
    let mut length = 0;
    let mut input = std::io::stdin().lock();
    loop {
        let rest = place.expose_mut().get_mut(length..).unwrap_or_default();
        let read = match input.read(rest) {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(source) => {
                return Err(EngineError::Io {
                    doing: "read",
                    path,
                    source,
                });
            }
        };
        length += read;
        if length == files::MAX_SECRET_INPUT {
            return Err(EngineError::TooLarge {
                path,
                limit: u64::try_from(length).unwrap_or(u64::MAX) - 1,
            });
        }
        if read == 0 {
            break;
        }
    }
    if length == 0 {
        return Err(OnceError::Empty(path).into());
    }
    let all = place.expose_mut().get_mut(..length).unwrap_or_default();
    Ok(Secret::take(all))
}

/// What the verified record of a ceremony says about a share set.
pub fn recorded(dir: &Path, set: SetId) -> Result<Trusted, EngineError> {
    let keys = given(dir, None)?.keys;
    keys.iter()
        .filter_map(|given| Trusted::from_record(&given.key, &given.share_set))
        .find(|trusted| trusted.set == set)
        .ok_or_else(|| {
            OnceError::NotInRecord {
                dir: dir.to_owned(),
                set: set.to_string(),
            }
            .into()
        })
}

/// What a custodian learns about his own share.
pub struct Looked {
    /// The share.
    pub share: Share,
    /// Whether it was held against a list of commitments: its own, or the record's.
    pub committed: bool,
    /// Whether it was held against the record of a ceremony.
    pub recorded: bool,
}

/// Opens one share and checks everything about it that can be checked alone.
///
/// # Errors
///
/// When it does not open, is not whole, or does not fit its commitment or the record.
pub fn look(
    desk: &mut dyn Desk,
    path: &Path,
    identity_files: &[PathBuf],
    record: Option<&Path>,
) -> Result<Looked, EngineError> {
    let mut identities = identities(desk, identity_files)?;
    let label = label(path);
    let share = bring(desk, path, &mut identities, &label)?;
    let trusted = match record {
        Some(dir) => Some(recorded(dir, share.set().id)?),
        None => None,
    };
    let looked = Looked {
        committed: share.has_list() || trusted.is_some(),
        recorded: trusted.is_some(),
        share: copy(&share, &label)?,
    };
    // Gathering knows everything that can be wrong with a share.
    Gathering::new(trusted).add(share, &label)?;
    Ok(looked)
}

/// What errors call the share in a file.
pub fn label(path: &Path) -> String {
    if path.as_os_str() == INPUT {
        "the card".to_owned()
    } else {
        path.display().to_string()
    }
}

/// The same share again.
fn copy(share: &Share, label: &str) -> Result<Share, ShareError> {
    if share.has_list() {
        Share::parse(&share.to_text(), label)
    } else {
        entry::parse(&Card::of(share)?.to_text(), label)
    }
}
