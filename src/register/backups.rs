//! Which backup every key has, and when somebody last saw that it works.

use jiff::civil::Date;
use serde::Serialize;

use crate::domain::record::Subject;
use crate::register::Rests;
use crate::register::custody::EVERY;
use crate::register::due::day;
use crate::register::keys::Material;

/// The backup of a key on one day.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Backup {
    /// Label of the key.
    pub key: String,
    /// What it is.
    pub form: Form,
    /// The share set.
    pub set: Option<String>,
    /// In words.
    pub what: String,
    /// The file that the shares open, and its SHA-256.
    pub file: Option<(String, String)>,
    /// How it stands.
    pub standing: Standing,
    /// How many days ago it was last tested.
    pub days_since_test: Option<i64>,
    /// The lines that this rests on.
    pub rests_on: Vec<Rests>,
}

/// What a backup is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Shares of the key.
    Shares,
    /// A file with the key, and shares of what opens it.
    File,
    /// None.
    Missing,
}

/// How a backup stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It was tested within the interval.
    Tested,
    /// The last test is too long ago.
    Overdue,
    /// Nobody tested it.
    Untested,
    /// There is none.
    Missing,
    /// There is none by intent: the provider made the key, or it never leaves its HSM.
    NotOurs,
    /// The key is destroyed; its backup went with it.
    Destroyed,
}

/// The backup of every key that should have one. A test counts for `within` seconds, or for as long as
/// the key's own policy says.
pub fn backups(materials: &[&Material], today: Date, within: Option<i64>) -> Vec<Backup> {
    materials
        .iter()
        .map(|material| backup(material, today, within))
        .collect()
}

fn backup(material: &Material, today: Date, within: Option<i64>) -> Backup {
    let about = &material.about;
    let Some(set) = material.current() else {
        let ours = about.declared.is_none() && about.called_by.is_empty();
        let standing = if ours {
            Standing::Missing
        } else {
            Standing::NotOurs
        };
        let declared = about.declared.iter().map(|declared| &declared.rests_on);
        let called = about.called_by.iter().map(|called| &called.rests_on);
        let rests = material.made.iter().chain(declared).chain(called);
        return Backup {
            key: material.key.clone(),
            form: Form::Missing,
            set: None,
            what: if ours {
                "no shares, and no file: if it is lost, it is lost".to_owned()
            } else if about.declared.is_some() {
                "none of ours: the provider made it, and keeps it".to_owned()
            } else {
                "none by intent: it never leaves its HSM".to_owned()
            },
            file: None,
            standing,
            days_since_test: None,
            rests_on: rests.cloned().collect(),
        };
    };
    let every = within.or(material.restore_test_every).unwrap_or(EVERY);
    let since = set.tested.as_ref();
    let days = since.map(|tested| i64::from((today - day(tested.at)).get_days()));
    let standing = match since {
        _ if material.is_destroyed() => Standing::Destroyed,
        None => Standing::Untested,
        Some(tested) if day(tested.at.plus_seconds(every)) < today => Standing::Overdue,
        Some(_) => Standing::Tested,
    };
    let file = about
        .backups
        .iter()
        .rev()
        .find(|backup| backup.set == set.id);
    let form = match set.subject {
        Subject::Key | Subject::Component => Form::Shares,
        Subject::BackupKey => Form::File,
    };
    let rests_on = std::iter::once(&set.dealt).chain(since).cloned().collect();
    Backup {
        key: material.key.clone(),
        form,
        set: Some(set.id.clone()),
        what: format!(
            "shares of epoch {}, any {} of {}{}",
            set.epoch,
            set.threshold,
            set.shares.len(),
            file.map_or(String::new(), |file| format!(", and {}", file.path))
        ),
        file: file.map(|file| (file.path.clone(), file.sha256.to_string())),
        standing,
        days_since_test: days,
        rests_on,
    }
}
