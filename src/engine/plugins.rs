//! age plugins: which of them this machine allows, and who answers what they ask.

use std::path::Path;
use std::path::PathBuf;

use crate::custody::error::ShareError;
use crate::custody::seal::Plugins;
use crate::domain::organisation::AllowedPlugin;
use crate::domain::script::Script;
use crate::engine::desk::Desk;
use crate::engine::desk::DeskError;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::token::access::Access;
use crate::engine::token::machine;
use crate::engine::token::machine::Machine;
use crate::secret::Secret;

/// The plugins that this machine allows.
#[derive(Clone, Debug, Default)]
pub struct AllowedPlugins {
    /// The machine's list; without one none may run.
    list: Option<PathBuf>,
    /// What the organisation file allows, where it lists machines.
    organisation: Option<Vec<AllowedPlugin>>,
}

impl AllowedPlugins {
    /// Those on the machine's list, which is read when one is wanted.
    pub fn of(access: &Access) -> Self {
        let default = PathBuf::from(machine::DEFAULT);
        let list = access.machine.clone();
        Self {
            list: list.or_else(|| default.exists().then_some(default)),
            organisation: None,
        }
    }

    /// Those of them that the organisation of a script allows, too.
    #[must_use]
    pub fn within(self, script: &Script) -> Self {
        let machines = script.within.as_ref().map(|it| &it.organisation.machines);
        let machines = machines.filter(|machines| !machines.is_empty());
        let listed = machines.map(|machines| {
            let plugins = machines.values().flat_map(|machine| &machine.age_plugins);
            plugins.cloned().collect()
        });
        Self {
            organisation: listed,
            ..self
        }
    }

    /// None: what a rehearsal runs.
    pub const fn none() -> Self {
        Self {
            list: None,
            organisation: None,
        }
    }

    /// With `person` in front of them; questions are named `id`.
    pub fn attended<'d>(
        &'d self,
        desk: &'d mut dyn Desk,
        id: String,
        person: &str,
    ) -> Attendant<'d> {
        Attendant {
            allowed: self,
            desk,
            id,
            person: person.to_owned(),
            stopped: None,
        }
    }

    /// Why a plugin may not run; nothing if it may.
    fn refuses(&self, plugin: &str) -> Option<String> {
        let Some(list) = &self.list else {
            return Some("this machine has no list of what it allows".to_owned());
        };
        // As the age library will look for it.
        let name = format!("{BEGINS}{plugin}");
        let Ok(found) = which::which(&name) else {
            return Some(format!("{name} is not in the PATH"));
        };
        let machine = match Machine::read(list) {
            Ok(machine) => machine,
            Err(error) => return Some(error.to_string()),
        };
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let shown = found.display();
        let list = list.display();
        let mut allowed = machine.age_plugins.iter();
        let Some(allowed) = allowed.find(|it| real(&it.path) == real(&found)) else {
            return Some(format!("{shown} is not in {list}"));
        };
        match files::digest(&found, u64::MAX) {
            Ok((digest, _)) if digest == allowed.sha256 => {
                let listed = self.organisation.as_ref()?;
                let known =
                    |it: &AllowedPlugin| real(&it.path) == real(&found) && it.sha256 == digest;
                (!listed.iter().any(known))
                    .then(|| format!("no machine of the organisation file allows {shown}"))
            }
            Ok((digest, _)) => Some(format!(
                "{shown} has the SHA-256 {digest}, and {list} allows {}",
                allowed.sha256
            )),
            Err(error) => Some(error.to_string()),
        }
    }
}

/// Somebody who answers what plugins ask.
pub struct Attendant<'d> {
    allowed: &'d AllowedPlugins,
    desk: &'d mut dyn Desk,
    id: String,
    person: String,
    stopped: Option<DeskError>,
}

impl Attendant<'_> {
    /// What came of it; if somebody pressed Ctrl-C at a plugin's question, that.
    pub fn done<T>(self, result: Result<T, ShareError>) -> Result<T, EngineError> {
        match (result, self.stopped) {
            (Ok(done), _) => Ok(done),
            (Err(_), Some(stopped)) => Err(stopped.into()),
            (Err(error), None) => Err(error.into()),
        }
    }

    fn question(&self, text: &str) -> Question {
        Question::confirmation(self.id.clone(), text.trim()).to(&self.person)
    }

    fn answered<T>(&mut self, answer: Result<T, DeskError>) -> Option<T> {
        answer
            .map_err(|error| self.stopped.get_or_insert(error))
            .ok()
    }
}

impl Plugins for Attendant<'_> {
    fn may_run(&mut self, plugin: &str) -> Result<(), ShareError> {
        self.allowed.refuses(plugin).map_or(Ok(()), |why| {
            Err(ShareError::PluginRefused {
                plugin: plugin.to_owned(),
                why,
            })
        })
    }

    fn show(&mut self, text: &str) {
        self.desk.say(Say::Note(text.trim()));
    }

    fn choose(&mut self, text: &str, yes: &str, no: Option<&str>) -> Option<bool> {
        let no = no.map_or(String::new(), |no| format!(", no: {no}"));
        let question = self.question(&format!("{} (yes: {yes}{no})", text.trim()));
        let answer = self.desk.confirm(&question);
        self.answered(answer)
    }

    fn line(&mut self, text: &str) -> Option<String> {
        let question = self.question(text);
        let answer = self.desk.ask(&question);
        self.answered(answer)
    }

    fn secret(&mut self, text: &str) -> Option<Secret> {
        let question = self.question(text);
        let answer = self.desk.secret(&question);
        self.answered(answer)
    }
}

/// How the program of a plugin is called.
const BEGINS: &str = "age-plugin-";
