//! The kinds of token, and the modules that they come from.

use std::path::Path;
use std::path::PathBuf;

use crate::common::repository;

/// What a token is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// OAEP with SHA-1 only; `CKM_AES_KEY_WRAP_PAD` is KWP; pads private keys with zero bytes.
    SoftHsm,
    /// OAEP with every hash; KWP under its own number.
    Kryoptic,
    /// Accepts what it does not honour.
    Nss,
    /// SoftHSM in another process, behind a protocol that knows few mechanisms.
    P11Kit,
    /// Our module in front of another one, with faults as `tests/modules/shim` names them.
    Shim(&'static Self, &'static str),
}

impl Kind {
    /// What holds the keys.
    pub(super) fn real(self) -> Self {
        match self {
            Self::SoftHsm | Self::Kryoptic | Self::Nss => self,
            Self::P11Kit => Self::SoftHsm,
            Self::Shim(over, _) => over.real(),
        }
    }

    #[track_caller]
    pub(super) fn real_module(self) -> PathBuf {
        match self.real() {
            Self::Kryoptic => module("libkryoptic.so"),
            Self::Nss => system_module("libnss3", "libsoftokn3.so"),
            Self::SoftHsm | Self::P11Kit | Self::Shim(..) => {
                system_module("softhsm2", "softhsm/libsofthsm2.so")
            }
        }
    }
}

/// A module that tests/run builds.
#[track_caller]
pub(super) fn module(name: &str) -> PathBuf {
    let path = repository("target/modules/debug").join(name);
    assert!(
        path.exists(),
        "{} is missing: tests/run builds it",
        path.display()
    );
    path
}

/// A module that a Debian package brings.
#[track_caller]
pub(super) fn system_module(package: &str, name: &str) -> PathBuf {
    let machine = format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    [machine.as_str(), "/usr/lib"]
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.exists())
        .unwrap_or_else(|| {
            panic!("{name} is missing: tests/run installs it, or apt-get install {package}")
        })
}
