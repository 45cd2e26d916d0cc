//! Whether what somebody claims of a key follows from records: point by point, with the lines.

use serde::Serialize;

use crate::domain::lifecycle::State;
use crate::domain::record::Moment;
use crate::register::Register;
use crate::register::Rests;
use crate::register::arrivals;
use crate::register::keys::ForImport;
use crate::register::keys::Material;
use crate::register::locations::Standing as Place;
use crate::register::locations::locations;
use crate::register::reconcile::claims::Act;
use crate::register::reconcile::proof::by_log;

/// Whether a claim follows from records.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Proof {
    /// The claim.
    pub claim: String,
    /// What all points say together.
    pub standing: Standing,
    /// What would have to be shown.
    pub points: Vec<Point>,
}

/// Something that would have to be shown.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Point {
    /// What.
    pub what: String,
    /// Whether it is shown.
    pub standing: Standing,
    /// The lines that this rests on.
    pub rests_on: Vec<Rests>,
}

/// Whether something is shown.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Records show it.
    Shown,
    /// No record tells.
    Unknown,
    /// Records show the opposite.
    Contradicted,
}

impl Standing {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Unknown => "not known",
            Self::Contradicted => "contradicted",
        }
    }
}

impl Proof {
    fn of(claim: String, points: Vec<Point>) -> Self {
        let worst = points.iter().map(|point| point.standing).max();
        Self {
            claim,
            standing: worst.unwrap_or(Standing::Unknown),
            points,
        }
    }
}

/// That what was imported is what was made, and came there as it should; one for each import.
pub fn import(register: &Register, materials: &[&Material]) -> Vec<Proof> {
    let mut all = Vec::new();
    for material in materials {
        for import in &material.imports {
            all.push(of_import(register, material, import));
        }
        if material.imports.is_empty() {
            all.push(Proof::of(
                format!("key {} was imported", material.key),
                vec![Point {
                    what: "no record tells that it was wrapped for a provider".to_owned(),
                    standing: Standing::Unknown,
                    rests_on: material.made.iter().cloned().collect(),
                }],
            ));
        }
    }
    all
}

fn of_import(register: &Register, material: &Material, import: &ForImport) -> Proof {
    let proofs = &material.about.import_proofs;
    let proof = proofs.iter().find(|proof| proof.wrapped == import.wrapped);
    let mut points = Vec::new();
    let mut point = |what: String, rests_on: Vec<Rests>| {
        let standing = if rests_on.is_empty() {
            Standing::Unknown
        } else {
            Standing::Shown
        };
        points.push(Point {
            what,
            standing,
            rests_on,
        });
    };
    let made = material.made.iter().cloned().collect();
    point(
        "a ceremony made the key, and recorded its check values".to_owned(),
        made,
    );
    if let Some(proof) = proof {
        point(
            "a restore test showed before that shares bring the key back".to_owned(),
            proof.tested.iter().cloned().collect(),
        );
        let digest = proof.wrapping_key.short();
        let compared = proof.compared.clone();
        point(
            format!("people compared the wrapping key {digest}… over another channel"),
            compared,
        );
        point(
            "an approver signed for this import".to_owned(),
            proof.approved.iter().cloned().collect(),
        );
    }
    point(
        "this key was wrapped under that wrapping key, and the wrap was checked".to_owned(),
        vec![import.wrapped.clone()],
    );
    points.extend(by_log(register, material, &[Act::Import], |claim| {
        claim.rests_on == import.wrapped
    }));
    points.push(arrivals::point(material, import));
    let place = import.key_id.as_deref().unwrap_or(&import.input);
    let claim = format!(
        "what {} holds as {place} is key {} as it was made",
        import.provider, material.key
    );
    Proof::of(claim, points)
}

/// That a key is destroyed: gone from every place where it was.
pub fn destroyed(register: &Register, materials: &[&Material], now: Moment) -> Vec<Proof> {
    materials
        .iter()
        .map(|material| {
            let mut points: Vec<Point> = locations(register, material, now)
                .into_iter()
                .map(|location| Point {
                    what: format!("{}: {}", location.place, location.says),
                    standing: match location.standing {
                        Place::Closed => Standing::Shown,
                        Place::Unknown => Standing::Unknown,
                        Place::Open => Standing::Contradicted,
                    },
                    rests_on: location.rests_on,
                })
                .collect();
            for (method, rests) in &material.destroyed {
                points.push(Point {
                    what: format!("where it was made: {method}"),
                    standing: Standing::Shown,
                    rests_on: vec![rests.clone()],
                });
            }
            points.extend(by_log(
                register,
                material,
                &[Act::Delete, Act::Gone],
                |_| true,
            ));
            points.extend(of_destruction(material));
            let claim = format!("key {} is destroyed wherever it was", material.key);
            Proof::of(claim, points)
        })
        .collect()
}

/// Who asked for a destruction, who approved it, and who did it.
fn of_destruction(material: &Material) -> Vec<Point> {
    let moves = material.life.moves.iter();
    let mut moves = moves.filter(|change| change.to == State::Destroyed && change.at.is_none());
    let Some(change) = moves.next_back() else {
        return vec![Point {
            what: "no ceremony recorded that it was asked for, approved and done".to_owned(),
            standing: Standing::Unknown,
            rests_on: Vec::new(),
        }];
    };
    let requested = material.life.destroyed.as_ref();
    let requested = requested.and_then(|destroyed| destroyed.requested.as_ref());
    let mut points = vec![Point {
        what: format!("{} did it, seen by {}", change.by, change.seen_by),
        standing: Standing::Shown,
        rests_on: vec![change.rests_on.clone()],
    }];
    points.push(match requested {
        Some(requested) => Point {
            what: format!(
                "{} asked for it: {}",
                requested.request.by, requested.request.because
            ),
            standing: Standing::Shown,
            rests_on: vec![requested.rests_on.clone()],
        },
        None => Point {
            what: "no record tells that somebody asked for it before".to_owned(),
            standing: Standing::Unknown,
            rests_on: Vec::new(),
        },
    });
    let standing = if change.approved_by.is_empty() {
        Standing::Unknown
    } else {
        Standing::Shown
    };
    let who = change.approved_by.join(", ");
    points.push(Point {
        what: match standing {
            Standing::Shown => format!("{who} approved it"),
            Standing::Unknown | Standing::Contradicted => {
                "no record tells who approved it".to_owned()
            }
        },
        standing,
        rests_on: vec![change.rests_on.clone()],
    });
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::about::InHsm;
    use crate::register::lifecycle::Change;
    use crate::register::lifecycle::Destroyed;
    use crate::register::lifecycle::Requested;

    fn in_an_hsm(closed: Option<Rests>) -> Material {
        let mut material = Material::blank("payments", "aa");
        material.about.in_hsms.push(InHsm {
            label: "vault-room".to_owned(),
            serial: "42".to_owned(),
            uri: None,
            since: Rests::on("2024-01-15", 5),
            closed,
        });
        material
    }

    fn asked_for(material: &mut Material, approved_by: &[&str]) {
        let request = serde_json::json!({
            "by": "ben", "at": "2024-04-01T09:00:00Z", "not-before": "2024-04-08T09:00:00Z",
            "because": "the contract ended",
        });
        let rests_on = Rests::on("2024-05-01", 9);
        material.life.moves.push(Change {
            at: None,
            from: State::Deactivated,
            to: State::Destroyed,
            because: "the contract ended".to_owned(),
            requested_by: "ben".to_owned(),
            approved_by: approved_by.iter().map(|id| (*id).to_owned()).collect(),
            by: "dee".to_owned(),
            seen_by: "eli".to_owned(),
            rests_on: rests_on.clone(),
        });
        material.life.destroyed = Some(Box::new(Destroyed {
            certificate: None,
            requested: Some(Box::new(Requested {
                request: serde_json::from_value(request).unwrap(),
                rests_on: Rests::on("2024-04-01", 4),
            })),
            rests_on,
        }));
    }

    #[test]
    fn a_destruction_that_nobody_approved_is_not_proved() {
        let mut gone = in_an_hsm(Some(Rests::on("2024-05-01", 9)));
        asked_for(&mut gone, &[]);
        assert_eq!(standing(&gone), Standing::Unknown);
    }

    fn standing(material: &Material) -> Standing {
        let now = Rests::on("2024-06-01", 1).at;
        destroyed(&Register::default(), &[material], now)[0].standing
    }

    #[test]
    fn a_key_is_destroyed_when_it_is_gone_from_every_place() {
        assert_eq!(standing(&in_an_hsm(None)), Standing::Contradicted);
        // Gone it is; but nobody is recorded as having wished so.
        let mut gone = in_an_hsm(Some(Rests::on("2024-05-01", 9)));
        assert_eq!(standing(&gone), Standing::Unknown);
        asked_for(&mut gone, &["fay"]);
        assert_eq!(standing(&gone), Standing::Shown);
    }

    #[test]
    fn a_provider_that_was_to_delete_it_is_no_proof() {
        let mut material = in_an_hsm(Some(Rests::on("2024-05-01", 9)));
        material.imports.push(ForImport {
            input: "aws".to_owned(),
            provider: "aws-kms".to_owned(),
            algorithm: "RSAES_OAEP_SHA_256".to_owned(),
            key_id: None,
            valid_for: Some(86_400),
            challenge: None,
            wrapped: Rests::on("2024-01-15", 7),
        });
        assert_eq!(standing(&material), Standing::Unknown);
        material.imports[0].valid_for = None;
        assert_eq!(standing(&material), Standing::Contradicted);
    }

    #[test]
    fn of_a_key_that_no_record_places_anywhere_nothing_is_proved() {
        assert_eq!(
            standing(&Material::blank("payments", "aa")),
            Standing::Unknown
        );
    }
}
