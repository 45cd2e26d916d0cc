//! Approvals in the room: the request, its signature, and what it covers.

use crate::domain::approval;
use crate::domain::approval::ApprovalRequest;
use crate::domain::approval::Import;
use crate::domain::record::Did;
use crate::domain::record::File;
use crate::domain::record::Moment;
use crate::domain::record::namespace;
use crate::domain::script::Approve;
use crate::domain::text::plain;
use crate::record::signing::Message;
use crate::record::verify::Approval;
use crate::record::verify::check::Check;
use crate::record::verify::keys::Claim;
use crate::record::verify::steps::Walk;

impl<'a> Walk<'a, '_> {
    pub(super) fn approve(&mut self, index: usize, wanted: &Approve, did: &Did) {
        let Did::Approve {
            by,
            what,
            request,
            signature,
            expires,
        } = did
        else {
            return;
        };
        self.tally.about(Check::Approvals);
        self.same("that it was approved by", by, wanted.by.as_str());
        self.same("that it approves the", what, wanted.what.name());
        let longest = approval::validity(wanted);
        if let Some(at) = self.here.at
            && *expires > at.plus_seconds(longest)
        {
            self.wrong(format!(
                "the approval holds until {expires}, longer than the script allows"
            ));
        }
        self.approvals.insert(index, *expires);
        let (Some(bytes), Some(armored)) = (self.content(request), self.content(signature)) else {
            return;
        };
        let mut of = String::new();
        match serde_json::from_slice::<ApprovalRequest>(bytes) {
            Ok(read) if read.bytes() == bytes => {
                self.request(index, wanted, &request.path, &read, *expires);
                of = read.told();
            }
            Ok(_) => self.wrong(format!("{} is not canonical JSON", request.path)),
            Err(_) => self.wrong(format!("{} is not a request for an approval", request.path)),
        }
        let Some(at) = self.here.at else { return };
        let claim = Claim {
            person: by,
            namespace: namespace::APPROVAL,
            at,
            message: &Message::of(bytes),
        };
        match self.keys.check(&claim, armored) {
            Ok(_) => self.approved.push(Approval {
                by: plain(by).into_owned(),
                of: plain(&of).into_owned(),
                line: self.here.line,
            }),
            Err(refusal) => self.wrong(format!(
                "{by}'s approval ({}) does not hold: {}",
                signature.path, refusal.why
            )),
        }
    }

    fn request(
        &mut self,
        index: usize,
        wanted: &Approve,
        path: &str,
        request: &ApprovalRequest,
        expires: Moment,
    ) {
        let number = self.here.step.unwrap_or_default().to_string();
        let head = self
            .here
            .prev
            .map(|prev| prev.to_string())
            .unwrap_or_default();
        let facts = [
            (
                "format",
                request.format.clone(),
                approval::FORMAT.to_owned(),
            ),
            (
                "ceremony",
                request.ceremony.clone(),
                self.script.ceremony.to_string(),
            ),
            ("record before it", request.head.to_string(), head),
            ("step", request.step.to_string(), number),
            (
                "purpose",
                request.what.clone(),
                wanted.what.name().to_owned(),
            ),
            ("approver", request.by.clone(), wanted.by.to_string()),
            (
                "end of validity",
                request.expires.to_string(),
                expires.to_string(),
            ),
        ];
        for (name, found, wanted) in facts {
            if found != wanted {
                self.wrong(format!("{path} names the {name} `{found}`, not `{wanted}`"));
            }
        }
        let (script, inputs) = (self.script, &self.open.inputs);
        let import = |name: &str| {
            let written = script.inputs.get(name)?;
            let read = inputs.iter().find(|input| input.name == name)?;
            // Where the script names no key, the provider's parameters may have named one.
            let parameters = request
                .targets
                .iter()
                .filter_map(|target| target.import.as_ref());
            let named = parameters
                .filter(|import| import.r#for == name)
                .find_map(|import| import.key_id.clone());
            Some(Import {
                r#for: name.to_owned(),
                provider: written.provider.to_string(),
                algorithm: written.algorithm.to_string(),
                key_id: written.key_id.as_ref().map(ToString::to_string).or(named),
                wrapping_key: read.wrapping_key,
            })
        };
        match approval::targets(script, index, wanted, &self.made, &self.open.batches, import) {
            Ok(targets) if targets == request.targets => {}
            Ok(_) => self.wrong(format!(
                "{path} approves something else than the steps it covers: other keys, check values or wrapping keys"
            )),
            Err(error) => self.wrong(format!("{path} approves what cannot be: {error}")),
        }
    }

    /// The bytes of an approval. That the file is missing is said with all other files.
    pub(super) fn content(&mut self, file: &File) -> Option<&'a [u8]> {
        let dossier = self.dossier;
        let found = dossier.files.get(&file.path)?;
        if found.content.is_none() {
            self.wrong(format!("{} is no file of an approval", file.path));
        }
        found.content.as_deref()
    }
}
