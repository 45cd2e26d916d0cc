//! The name of a ceremony's folder: said by every fact that rests on a line of its record, and kept once.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;

/// The name of a ceremony's folder in the register.
#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
pub struct Folder(Arc<str>);

impl From<&str> for Folder {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl Deref for Folder {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Folder {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Folder {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl Serialize for Folder {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Folder {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = <Cow<'de, str>>::deserialize(from)?;
        Ok(LAST.with_borrow_mut(|last| last.named(&name)))
    }
}

/// The two names that were read last: facts of one key rest on few ceremonies.
#[derive(Default)]
struct Last(Option<Folder>, Option<Folder>);

impl Last {
    fn named(&mut self, name: &str) -> Folder {
        let is_it = |folder: &&Folder| **folder == *name;
        let known = self.0.as_ref().filter(is_it);
        if let Some(known) = known.or(self.1.as_ref().filter(is_it)) {
            return known.clone();
        }
        let folder = Folder::from(name);
        self.1 = self.0.replace(folder.clone());
        folder
    }
}

thread_local! {
    static LAST: RefCell<Last> = RefCell::default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_read_again_and_again_is_kept_once() {
        let text = r#"["000001-a","000002-b","000001-a","000002-b"]"#;
        let read: Vec<Folder> = serde_json::from_str(text).unwrap();
        assert!(Arc::ptr_eq(&read[0].0, &read[2].0));
        assert!(Arc::ptr_eq(&read[1].0, &read[3].0));
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }
}
