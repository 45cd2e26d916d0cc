//! Signatures by keys that ssh-agent holds: security keys that want a touch among them.
//!
//! The agent is asked for one thing only, a signature by the key that the script names. Its answer
//! is checked like any other signature before it counts.
//!
//! # Source
//!
//! draft-ietf-sshm-ssh-agent, sections 3.5 (identities) and 3.6 (signatures); PROTOCOL.u2f of OpenSSH.

use std::io;
use std::io::Read;
use std::io::Write;

use ssh_key::HashAlg;
use ssh_key::LineEnding;
use ssh_key::SshSig;
use ssh_key::encoding::Decode as _;
use ssh_key::encoding::Encode as _;

use crate::error::Diagnose;
use crate::error::Exit;
use crate::record::error::RecordError;
use crate::record::signing::PublicKey;
use crate::record::signing::Signature;

/// Why ssh-agent made no signature.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// The environment names none.
    #[error("no ssh-agent is there: SSH_AUTH_SOCK is not set")]
    Absent,
    /// Nobody answers at its socket.
    #[error("no ssh-agent answers at {path}: {}", source.kind())]
    Unreachable {
        /// The socket.
        path: String,
        /// Why not.
        source: io::Error,
    },
    /// It shows no key at all: it has none, or it is locked.
    #[error("ssh-agent shows no key: it has none, or it is locked")]
    Empty,
    /// It does not have this key.
    #[error("ssh-agent does not have the key {key}")]
    Lacks {
        /// Its fingerprint.
        key: String,
    },
    /// It has the key, and does not sign.
    #[error("ssh-agent refused to sign with {key}")]
    Refused {
        /// Fingerprint of the key.
        key: String,
    },
    /// It went away, or says what no agent says.
    #[error("ssh-agent broke off: {0}")]
    Broke(&'static str),
    /// It made a signature that does not count.
    #[error(transparent)]
    Signature(#[from] RecordError),
}

impl Diagnose for AgentError {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Absent | Self::Unreachable { .. } => {
                    "start one with `eval \"$(ssh-agent)\"` and add the key with `ssh-add FILE`"
                }
                Self::Empty => "add the key with `ssh-add FILE`; `ssh-add -X` unlocks an agent",
                Self::Lacks { .. } => {
                    "add the key with `ssh-add FILE`; `ssh-add -l` shows what the agent has"
                }
                Self::Refused { .. } => {
                    "confirm when it asks, touch the security key when it blinks, and try again"
                }
                Self::Broke(_) => "start the agent again, or sign with `--key FILE`",
                Self::Signature(error) => return error.hint(),
            }
            .to_owned(),
        )
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Absent
            | Self::Unreachable { .. }
            | Self::Empty
            | Self::Lacks { .. }
            | Self::Refused { .. }
            | Self::Broke(_) => Exit::Operator,
            Self::Signature(error) => error.exit(),
        }
    }
}

/// An agent at the other end of a stream.
#[derive(Debug)]
pub struct Agent<S>(S);

impl<S: Read + Write> Agent<S> {
    /// Speaks through `stream`.
    pub fn new(stream: S) -> Self {
        Self(stream)
    }

    /// Has `key` sign `message` for one purpose: the text of a `.sig` file. It is checked before it
    /// is returned.
    pub fn sign(
        &mut self,
        key: &PublicKey,
        namespace: &str,
        message: &[u8],
    ) -> Result<String, AgentError> {
        let failed = || RecordError::CannotSign {
            key: key.fingerprint(),
        };
        let blob = key.blob().ok_or_else(failed)?;
        self.has(&blob, key)?;
        let data =
            SshSig::signed_data(namespace, HashAlg::Sha512, message).map_err(|_| failed())?;
        let flags: u32 = if key.is_rsa() { RSA_SHA2_512 } else { 0 };
        let request = [
            &[SIGN_REQUEST][..],
            &string(&blob),
            &string(&data),
            &flags.to_be_bytes(),
        ]
        .concat();
        let signature = match self.ask(&request)? {
            (SIGN_RESPONSE, answer) => {
                let inner = take_string(&mut answer.as_slice()).ok_or(GARBLED)?;
                let mut reader = inner.as_slice();
                let signature = ssh_key::Signature::decode(&mut reader).map_err(|_| GARBLED)?;
                if !reader.is_empty() {
                    return Err(GARBLED);
                }
                signature
            }
            (FAILURE, _) => {
                return Err(AgentError::Refused {
                    key: key.fingerprint(),
                });
            }
            _ => return Err(GARBLED),
        };
        let made =
            SshSig::new(key.data(), namespace, HashAlg::Sha512, signature).map_err(|_| GARBLED)?;
        let text = made.to_pem(LineEnding::LF).map_err(|_| failed())?;
        Signature::parse(text.as_bytes())?.verify(namespace, message, key)?;
        Ok(text)
    }

    /// Sees that the agent has the key: one that it does not have, it would refuse without a reason.
    fn has(&mut self, blob: &[u8], key: &PublicKey) -> Result<(), AgentError> {
        let (IDENTITIES, answer) = self.ask(&[REQUEST_IDENTITIES])? else {
            return Err(GARBLED);
        };
        let mut rest = answer.as_slice();
        let count = u32::decode(&mut rest).map_err(|_| GARBLED)?;
        if count == 0 {
            return Err(AgentError::Empty);
        }
        for _ in 0..count {
            let shown = take_string(&mut rest).ok_or(GARBLED)?;
            let _comment = take_string(&mut rest).ok_or(GARBLED)?;
            if shown == blob {
                return Ok(());
            }
        }
        Err(AgentError::Lacks {
            key: key.fingerprint(),
        })
    }

    /// Sends a message; the kind of the answer, and the rest of it.
    fn ask(&mut self, message: &[u8]) -> Result<(u8, Vec<u8>), AgentError> {
        let gone = |_| AgentError::Broke("it closed the connection");
        self.0.write_all(&string(message)).map_err(gone)?;
        self.0.flush().map_err(gone)?;
        let mut length = [0; 4];
        self.0.read_exact(&mut length).map_err(gone)?;
        let length = u32::from_be_bytes(length);
        if length == 0 || length > LONGEST {
            return Err(GARBLED);
        }
        let mut answer = vec![0; usize::try_from(length).map_err(|_| GARBLED)?];
        self.0.read_exact(&mut answer).map_err(gone)?;
        let kind = answer.remove(0);
        Ok((kind, answer))
    }
}

/// A string as SSH writes it: its length, then itself.
fn string(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 4);
    // Only what is longer than 4 GiB could fail, and a record is at most one.
    drop(bytes.encode(&mut out));
    out
}

fn take_string(from: &mut &[u8]) -> Option<Vec<u8>> {
    Vec::decode(from).ok()
}

/// What an agent says that is none.
const GARBLED: AgentError = AgentError::Broke("its answer cannot be read");
/// The longest answer that OpenSSH's own client reads.
const LONGEST: u32 = 256 * 1024;

const FAILURE: u8 = 5;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
/// Asks for `rsa-sha2-512`; without it an RSA key signs with SHA-1.
const RSA_SHA2_512: u32 = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::signing::SigningKey;

    /// An agent that says what it was told to say.
    struct Recited {
        said: Vec<u8>,
        heard: Vec<u8>,
    }

    impl Read for Recited {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = out.len().min(self.said.len());
            out[..count].copy_from_slice(&self.said[..count]);
            self.said.drain(..count);
            Ok(count)
        }
    }

    impl Write for Recited {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.heard.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn asked(said: &[&[u8]]) -> AgentError {
        let key = SigningKey::from_seed(&[1; 32]).public();
        let recited = Recited {
            said: said.concat(),
            heard: Vec::new(),
        };
        Agent::new(recited).sign(&key, "file", b"text").unwrap_err()
    }

    #[test]
    fn sha_512_is_wished_for_of_rsa_alone() {
        let key = SigningKey::from_seed(&[1; 32]).public();
        let recited = Recited {
            said: shows(&key),
            heard: Vec::new(),
        };
        let mut agent = Agent::new(recited);
        agent.sign(&key, "file", b"text").unwrap_err();
        assert!(agent.0.heard.len() > 100 && agent.0.heard.ends_with(&[0; 4]));
    }

    #[test]
    fn whoever_is_told_of_an_agent_is_told_what_to_do() {
        let key = String::new;
        let absent = || io::Error::from(io::ErrorKind::NotFound);
        for (error, words) in [
            (AgentError::Absent, "start one"),
            (
                AgentError::Unreachable {
                    path: key(),
                    source: absent(),
                },
                "start one",
            ),
            (AgentError::Empty, "`ssh-add -X` unlocks"),
            (AgentError::Lacks { key: key() }, "`ssh-add -l` shows"),
            (AgentError::Refused { key: key() }, "touch the security key"),
            (GARBLED, "start the agent again"),
            (
                AgentError::from(RecordError::NotASignature),
                "as `ssh-keygen -Y sign` wrote it",
            ),
        ] {
            let hint = error.hint().unwrap_or_default();
            assert!(hint.contains(words), "{error}: {hint}");
        }
    }

    fn shows(key: &PublicKey) -> Vec<u8> {
        let keys = [
            &[IDENTITIES, 0, 0, 0, 1][..],
            &string(&key.blob().unwrap()),
            &string(b"comment"),
        ];
        string(&keys.concat())
    }

    #[test]
    fn an_agent_without_the_key_is_told_from_one_that_refuses() {
        let key = SigningKey::from_seed(&[1; 32]).public();
        let other = SigningKey::from_seed(&[2; 32]).public();
        let none = string(&[IDENTITIES, 0, 0, 0, 0]);
        assert!(matches!(asked(&[&none]), AgentError::Empty));
        assert!(matches!(asked(&[&shows(&other)]), AgentError::Lacks { .. }));
        let refused = asked(&[&shows(&key), &string(&[FAILURE])]);
        assert!(matches!(refused, AgentError::Refused { .. }));
    }

    #[test]
    fn what_no_agent_says_is_told_as_that() {
        let key = SigningKey::from_seed(&[1; 32]).public();
        let long = (LONGEST + 1).to_be_bytes();
        for (said, words) in [
            (vec![], "closed the connection"),
            (vec![0, 0, 0, 9, IDENTITIES], "closed the connection"),
            (vec![0, 0, 0, 0], "cannot be read"),
            (long.to_vec(), "cannot be read"),
            (string(&[FAILURE]), "cannot be read"),
            (string(&[IDENTITIES, 0, 0, 0, 1]), "cannot be read"),
            (
                [shows(&key), string(&[SIGN_RESPONSE, 0, 0, 0, 9])].concat(),
                "cannot be read",
            ),
            (
                [shows(&key), string(&[IDENTITIES])].concat(),
                "cannot be read",
            ),
        ] {
            let error = asked(&[&said]).to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_signature_of_another_text_does_not_leave() {
        let pair = aws_lc_rs::signature::Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap();
        let data = SshSig::signed_data("file", HashAlg::Sha512, b"other").unwrap();
        let blob = [string(b"ssh-ed25519"), string(pair.sign(&data).as_ref())].concat();
        let answer = string(&[&[SIGN_RESPONSE][..], &string(&blob)].concat());
        let key = SigningKey::from_seed(&[1; 32]).public();
        let error = asked(&[&shows(&key), &answer]);
        let unfit = AgentError::Signature(RecordError::DoesNotFit {
            key: key.fingerprint(),
        });
        assert_eq!(error.to_string(), unfit.to_string());
    }
}
