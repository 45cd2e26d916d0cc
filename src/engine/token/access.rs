//! How an HSM is reached: which module may be loaded, and who opens the token.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::record::Digest;
use crate::domain::script::At;
use crate::domain::script::Core;
use crate::domain::script::Line;
use crate::domain::script::Script;
use crate::domain::script::ScriptMode;
use crate::domain::text::list;
use crate::engine::desk::Desk;
use crate::engine::desk::DeskError;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::organisation;
use crate::engine::token::error::TokenError;
use crate::engine::token::machine;
use crate::engine::token::machine::Machine;
use crate::engine::token::watchdog::OnLate;
use crate::engine::token::watchdog::Watchdog;
use crate::error::Diagnose as _;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::locate::ModuleChoice;
use crate::pkcs11::locate::Pin;
use crate::pkcs11::locate::Token as Located;
use crate::pkcs11::locate::Wanted;
use crate::pkcs11::raw::Module;
use crate::pkcs11::raw::Session;
use crate::pkcs11::raw::User;
use crate::secret::Secret;

/// What the command line says of the HSM.
pub struct Access {
    /// The module.
    pub module: Option<ModuleChoice>,
    /// The file that holds the PIN.
    pub pin_file: Option<PathBuf>,
    /// The list of modules that this machine allows.
    pub machine: Option<PathBuf>,
    /// How long a call may take.
    pub timeout: Duration,
    /// What is done about a call that takes long.
    pub on_late: OnLate,
}

/// A token that is open.
pub struct Opened {
    /// The token.
    pub token: Located,
    /// A session that may write, logged in.
    pub session: Session,
}

/// A module that is loaded.
pub struct Loaded {
    /// The module.
    pub module: Arc<Module>,
    /// Its file.
    pub path: PathBuf,
    /// SHA-256 of its file.
    pub digest: Digest,
}

/// Opens the token that a script names; nothing if its keys are in software.
///
/// # Errors
///
/// Whatever forbids to load the module or to open the token, and [`TokenError::PinHalves`]; a wrong
/// PIN is asked for again where somebody can type another.
pub fn open(
    script: &Script,
    access: &Access,
    desk: &mut dyn Desk,
) -> Result<Option<Opened>, EngineError> {
    let described = &script.token;
    match described.core.value {
        Core::Software => {
            let given = [
                ("--module", access.module.is_some()),
                ("--pin-file", access.pin_file.is_some()),
            ];
            match given.into_iter().find(|(_, given)| *given) {
                Some((name, _)) => Err(TokenError::NotInHsm(name).into()),
                None => Ok(None),
            }
        }
        Core::Pkcs11 => {
            let text = |line: &Option<At<Line>>| line.as_ref().map(|line| line.as_str().to_owned());
            let wanted = Wanted {
                label: text(&described.label),
                serial: text(&described.serial),
                ..Wanted::default()
            };
            let holders: Vec<(&str, &str)> = described
                .pin_holders()
                .iter()
                .map(|id| (id.as_str(), script.name_of(id.as_str())))
                .collect();
            if let (Some(path), [_, ..]) = (&access.pin_file, holders.as_slice()) {
                let names: Vec<&str> = holders.iter().map(|(_, name)| *name).collect();
                match script.mode.value {
                    ScriptMode::Production => {
                        return Err(TokenError::PinHalves {
                            file: path.clone(),
                            holders: list(&names),
                        }
                        .into());
                    }
                    ScriptMode::Practice => desk.say(Say::Note(&format!(
                        "Practice: the whole PIN comes from {}. In production {} type a part of it each.",
                        path.display(),
                        list(&names)
                    ))),
                }
            }
            if let Some(within) = &script.within {
                let (choice, digest) = choose(access)?;
                organisation::may_load(within, &choice.path, digest)?;
            }
            reach(&wanted, &holders, access, desk).map(Some)
        }
    }
}

/// Loads the module, finds the token and logs in. `holders` type one half of the PIN each.
///
/// # Errors
///
/// As for [`open`].
pub fn reach(
    wanted: &Wanted,
    holders: &[(&str, &str)],
    access: &Access,
    desk: &mut dyn Desk,
) -> Result<Opened, EngineError> {
    let Loaded { module, digest, .. } = load(access)?;
    let token = Located::find(&module, digest, wanted)?;
    token.check(User::User)?;
    let session = log_in(&token, holders, access, desk)?;
    Ok(Opened { token, session })
}

/// Loads the module, if this machine allows it.
///
/// # Errors
///
/// [`TokenError::NoModule`], what the machine's list says against it, and what the module does.
pub fn load(access: &Access) -> Result<Loaded, EngineError> {
    let (choice, digest) = choose(access)?;
    let watchdog = Watchdog::start(access.timeout, Arc::clone(&access.on_late));
    Ok(Loaded {
        module: choice.load(watchdog)?,
        path: choice.path,
        digest,
    })
}

/// The module that may be loaded, and the digest of its file.
fn choose(access: &Access) -> Result<(ModuleChoice, Digest), EngineError> {
    let default = Path::new(machine::DEFAULT);
    let list = access
        .machine
        .as_deref()
        .or_else(|| default.exists().then_some(default));
    let Some(list) = list else {
        let choice = access.module.clone().ok_or(TokenError::NoModule)?;
        let digest = digest_of(&choice)?;
        return Ok((choice, digest));
    };
    let machine = Machine::read(list)?;
    let named = access.module.as_ref().map(|module| module.path.as_path());
    let allowed = machine.allowed(named, list)?;
    let choice = ModuleChoice {
        path: allowed.path.clone(),
        arguments: allowed.init_args.clone(),
    };
    let found = digest_of(&choice)?;
    if found != allowed.sha256 {
        return Err(TokenError::OtherModule {
            module: choice.path,
            list: list.to_owned(),
            found,
            listed: allowed.sha256,
        }
        .into());
    }
    Ok((choice, found))
}

/// SHA-256 of the module's file, before any of its code runs. Some are very large.
fn digest_of(choice: &ModuleChoice) -> Result<Digest, Pkcs11Error> {
    match files::digest(&choice.path, u64::MAX) {
        Ok((digest, _)) => Ok(digest),
        Err(error) => Err(Pkcs11Error::NoModule {
            path: choice.path.clone(),
            why: if let EngineError::Io { source, .. } = &error {
                source.to_string()
            } else {
                error.to_string()
            },
        }),
    }
}

fn log_in(
    token: &Located,
    holders: &[(&str, &str)],
    access: &Access,
    desk: &mut dyn Desk,
) -> Result<Session, EngineError> {
    let label = &token.facts().label;
    if let Some(path) = &access.pin_file {
        let pin = pin_from(path)?;
        return Ok(token.log_in(User::User, Pin::Typed(&pin))?);
    }
    if holders.is_empty() && token.has_pin_pad()? {
        desk.say(Say::Note(&format!(
            "Type the PIN of token {label} at its own PIN pad."
        )));
        return Ok(token.log_in(User::User, Pin::Pad)?);
    }
    loop {
        let pin = typed(label, holders, desk)?;
        match token.log_in(User::User, Pin::Typed(&pin)) {
            Ok(session) => return Ok(session),
            // Each try costs one of few: another one is typed by a person, never made by itself.
            Err(error @ (Pkcs11Error::WrongPin { .. } | Pkcs11Error::PinLength { .. }))
                if desk.patient() =>
            {
                let hint = error.hint();
                desk.say(Say::Trouble {
                    message: &error.to_string(),
                    hint: hint.as_deref(),
                });
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// The PIN, typed unseen; two people type one half each.
fn typed(
    label: &str,
    holders: &[(&str, &str)],
    desk: &mut dyn Desk,
) -> Result<Secret, EngineError> {
    if holders.is_empty() {
        let question = Question::input("token/pin", format!("The PIN of token {label}"));
        return desk.secret(&question).map_err(|error| match error {
            DeskError::NoTerminal { .. } => TokenError::NoPin(label.to_owned()).into(),
            DeskError::Interrupted { .. }
            | DeskError::Closed { .. }
            | DeskError::Otherwise { .. }
            | DeskError::NoScreen
            | DeskError::SmallScreen { .. } => error.into(),
        });
    }
    let mut whole = Secret::zeroed(0);
    for (part, (id, name)) in holders.iter().enumerate() {
        let question = Question::input(
            format!("token/pin/{id}"),
            format!(
                "{name}: your part of the PIN of token {label} (part {} of {})",
                part + 1,
                holders.len()
            ),
        )
        .to(id);
        let half = desk.secret(&question)?;
        whole = Secret::init(whole.len() + half.len(), |to| {
            for (to, from) in to
                .iter_mut()
                .zip(whole.expose().iter().chain(half.expose()))
            {
                *to = *from;
            }
        });
    }
    Ok(whole)
}

/// The PIN in a file that nobody else can read, without the line end behind it.
fn pin_from(path: &Path) -> Result<Secret, EngineError> {
    let mode = path
        .metadata()
        .map_err(|source| EngineError::Io {
            doing: "look at",
            path: path.to_owned(),
            source,
        })?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return Err(TokenError::PinFileOpen(path.to_owned()).into());
    }
    let bytes = files::read_secret(path)?;
    let line = bytes.expose();
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Ok(Secret::init(line.len(), |to| to.copy_from_slice(line)))
}
