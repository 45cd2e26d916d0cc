//! The cryptographic library inside the program.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::ModuleCertificate;

/// What makes keys and wrapped keys in the memory of the program.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Library {
    /// As it names itself; `AWS-LC FIPS` where its FIPS module is at work.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The certificate of this version of the module, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<ModuleCertificate>,
}

impl fmt::Display for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)?;
        let Some(certificate) = &self.certificate else {
            return Ok(());
        };
        write!(f, ", CMVP certificate {}", certificate.number)?;
        if let Some(standard) = certificate.standard {
            write!(f, ", {}", standard.name())?;
        }
        if let Some(level) = certificate.level {
            write!(f, ", level {level}")?;
        }
        if let Some(until) = &certificate.until {
            write!(f, ", until {until}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::Standard;

    #[test]
    fn a_library_is_told_with_what_is_known_of_its_certificate() {
        let mut library = Library {
            name: "AWS-LC FIPS".to_owned(),
            version: "3.1.0".to_owned(),
            certificate: None,
        };
        assert_eq!(library.to_string(), "AWS-LC FIPS 3.1.0");
        library.certificate = Some(ModuleCertificate {
            number: 5314,
            level: Some(1),
            standard: Some(Standard::Fips1403),
            until: Some("2031-06-04".to_owned()),
        });
        assert_eq!(
            library.to_string(),
            "AWS-LC FIPS 3.1.0, CMVP certificate 5314, FIPS 140-3, level 1, until 2031-06-04"
        );
    }
}
