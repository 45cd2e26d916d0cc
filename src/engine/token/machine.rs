//! What this machine allows: the PKCS#11 modules that may be loaded and the age plugins that may
//! run, by path and digest.

use std::path::Path;

use serde::Deserialize;

use crate::domain::organisation::Allowed;
use crate::domain::organisation::AllowedPlugin;
use crate::engine::files;
use crate::engine::token::error::TokenError;

/// Where the list is, if nobody names another.
pub const DEFAULT: &str = "/etc/keyrite/machine.yaml";

/// The list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Machine {
    /// `keyrite-machine/v1`.
    pub schema: Version,
    /// Modules that may be loaded.
    #[serde(default)]
    pub modules: Vec<Allowed>,
    /// age plugins that may run.
    #[serde(default)]
    pub age_plugins: Vec<AllowedPlugin>,
}

/// The version of the list's format.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub enum Version {
    /// The first.
    #[serde(rename = "keyrite-machine/v1")]
    V1,
}

impl Machine {
    /// Reads the list at `path`.
    ///
    /// # Errors
    ///
    /// [`TokenError::Machine`] if it is no list of modules.
    pub fn read(path: &Path) -> Result<Self, TokenError> {
        let refuse = |why: String| TokenError::Machine {
            path: path.to_owned(),
            why,
        };
        let bytes = files::read(path).map_err(|error| refuse(error.to_string()))?;
        let text = std::str::from_utf8(&bytes).map_err(|error| refuse(error.to_string()))?;
        let mut options = serde_saphyr::Options::default();
        options.duplicate_keys = serde_saphyr::DuplicateKeyPolicy::Error;
        options.with_snippet = false;
        serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| refuse(crate::domain::text::plain(&error.render()).into_owned()))
    }

    /// The entry for a module; the only one if none is named.
    ///
    /// # Errors
    ///
    /// [`TokenError::NotListed`] and [`TokenError::SeveralModules`].
    pub fn allowed(&self, named: Option<&Path>, list: &Path) -> Result<&Allowed, TokenError> {
        match (named, self.modules.as_slice()) {
            (None, [only]) => Ok(only),
            (None, several) => Err(TokenError::SeveralModules {
                list: list.to_owned(),
                there: several.iter().map(|it| it.path.clone()).collect(),
            }),
            (Some(named), all) => {
                let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
                all.iter()
                    .find(|it| real(&it.path) == real(named))
                    .ok_or_else(|| TokenError::NotListed {
                        module: named.to_owned(),
                        list: list.to_owned(),
                    })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::Digest;
    use std::path::PathBuf;

    fn list(text: &str) -> Result<Machine, TokenError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("machine.yaml");
        files::write_file(&path, text.as_bytes()).unwrap();
        Machine::read(&path)
    }

    fn of(modules: &[&str]) -> Machine {
        let entries = modules.iter().fold(String::new(), |entries, path| {
            let digest = Digest::of(path.as_bytes());
            entries + &format!("  - {{path: {path}, sha256: \"{digest}\"}}\n")
        });
        list(&format!("schema: keyrite-machine/v1\nmodules:\n{entries}")).unwrap()
    }

    #[test]
    fn a_list_with_one_module_needs_no_name_and_one_with_two_does() {
        let at = Path::new("machine.yaml");
        let only = of(&["/a.so"]);
        assert_eq!(only.allowed(None, at).unwrap().path, PathBuf::from("/a.so"));
        let two = of(&["/a.so", "/b.so"]);
        assert!(matches!(
            two.allowed(None, at),
            Err(TokenError::SeveralModules { there, .. }) if there.len() == 2
        ));
        let named = Path::new("/b.so");
        assert_eq!(two.allowed(Some(named), at).unwrap().path, named);
        assert!(matches!(
            two.allowed(Some(Path::new("/c.so")), at),
            Err(TokenError::NotListed { .. })
        ));
    }

    #[test]
    fn what_is_no_list_of_modules_is_refused() {
        for text in [
            "",
            "modules: []",
            "schema: keyrite-machine/v2\nmodules: []",
            "schema: keyrite-machine/v1\nmodules: []\nallow-all: true",
            "schema: keyrite-machine/v1\nmodules:\n  - {path: /a.so}",
            "schema: keyrite-machine/v1\nmodules:\n  - {path: /a.so, sha256: abc}",
            "schema: keyrite-machine/v1\nage-plugins:\n  - {path: /bin/age-plugin-a}",
            "schema: keyrite-machine/v1\nage-plugins: [age-plugin-a]",
        ] {
            assert!(
                matches!(list(text), Err(TokenError::Machine { .. })),
                "{text}"
            );
        }
    }
}
