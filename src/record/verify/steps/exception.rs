//! Exceptions: who decided, and who signed for it.

use crate::domain::record::Exception;
use crate::domain::record::ExceptionRequest;
use crate::domain::record::namespace;
use crate::domain::text::list;
use crate::record::signing::Message;
use crate::record::verify::check::Check;
use crate::record::verify::keys::Claim;
use crate::record::verify::steps::Walk;

impl Walk<'_, '_> {
    pub(super) fn exception(&mut self, exception: &Exception) {
        self.exceptions += 1;
        self.excepted = true;
        self.ready = true;
        self.tally.about(Check::Exceptions);
        if !self
            .script
            .people
            .contains_key(exception.decided_by.as_str())
        {
            self.wrong("the exception does not say who decided: no person of the script");
        }
        let signed = self.exception_is_signed(exception);
        self.tally.note(format!(
            "exception at step {} (line {}): expected: {}; happened: {}; decided: {}, by {}{signed}",
            exception.step,
            self.here.line,
            exception.expected,
            exception.happened,
            exception.decided,
            exception.decided_by
        ));
    }

    /// Holds its signatures against the policy; who signed, in words.
    fn exception_is_signed(&mut self, exception: &Exception) -> String {
        let wanted: Vec<&str> = self
            .script
            .policy
            .exceptions_signed_by
            .iter()
            .map(|role| role.name())
            .collect();
        let found: Vec<&str> = exception
            .signatures
            .iter()
            .map(|made| made.role.as_str())
            .collect();
        if found != wanted {
            self.wrong(format!(
                "the exception is signed for the roles [{}]; the policy wants [{}]",
                found.join(", "),
                wanted.join(", ")
            ));
        }
        let Some(request) = &exception.request else {
            if !found.is_empty() {
                self.wrong("the exception has signatures, and does not name what was signed");
            }
            return String::new();
        };
        let (Some(bytes), Some(prev), Some(at)) =
            (self.content(request), self.here.prev, self.here.at)
        else {
            return String::new();
        };
        let ceremony = self.script.ceremony.as_str();
        if ExceptionRequest::of(exception, ceremony, prev).bytes() != bytes {
            self.wrong(format!(
                "{} is not the exception that is recorded here",
                request.path
            ));
        }
        let mut signers = Vec::new();
        for made in &exception.signatures {
            let mut roles = self.script.policy.exceptions_signed_by.iter();
            let role = roles.find(|role| role.name() == made.role);
            let holders = role.map_or(&[][..], |role| self.script.roles.holders(*role));
            if !holders.iter().any(|id| id.as_str() == made.by) {
                self.wrong(format!(
                    "{} signed the exception for the role {}, and does not hold it",
                    made.by, made.role
                ));
            }
            let Some(armored) = self.content(&made.signature) else {
                continue;
            };
            let claim = Claim {
                person: &made.by,
                namespace: namespace::EXCEPTION,
                at,
                message: &Message::of(bytes),
            };
            match self.keys.check(&claim, armored) {
                Ok(_) => signers.push(format!("{} ({})", made.by, made.role)),
                Err(refusal) => self.wrong(format!(
                    "{}'s signature over the exception ({}) does not hold: {}",
                    made.by, made.signature.path, refusal.why
                )),
            }
        }
        if signers.is_empty() {
            String::new()
        } else {
            format!("; signed by {}", list(&signers))
        }
    }
}
