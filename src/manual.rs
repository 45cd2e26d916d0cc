//! Documentation only: the pages of the manual, so that `cargo doc` renders them.

#[doc = include_str!("manual/threats.md")]
pub mod threats {}

#[doc = include_str!("manual/formats.md")]
pub mod formats {}

#[doc = include_str!("manual/supply-chain.md")]
pub mod supply_chain {}

#[doc = include_str!("manual/recovery.md")]
#[doc = "\n`recover.py`:\n\n```python"]
#[doc = include_str!("manual/recover.py")]
#[doc = "```"]
pub mod recovery {}

/// Decisions: one a page, superseded by a later one but never rewritten.
pub mod decisions {
    #[doc = include_str!("manual/decisions/0001-one-crate.md")]
    pub mod one_crate {}

    #[doc = include_str!("manual/decisions/0002-yaml.md")]
    pub mod yaml {}

    #[doc = include_str!("manual/decisions/0003-record-bytes.md")]
    pub mod record_bytes {}

    #[doc = include_str!("manual/decisions/0004-two-implementations.md")]
    pub mod two_implementations {}

    #[doc = include_str!("manual/decisions/0005-exit-codes.md")]
    pub mod exit_codes {}

    #[doc = include_str!("manual/decisions/0006-share-as-text.md")]
    pub mod share_as_text {}

    #[doc = include_str!("manual/decisions/0007-no-logger.md")]
    pub mod no_logger {}

    #[doc = include_str!("manual/decisions/0008-killed-ceremony.md")]
    pub mod killed_ceremony {}

    #[doc = include_str!("manual/decisions/0009-one-view-of-a-module.md")]
    pub mod one_view_of_a_module {}

    #[doc = include_str!("manual/decisions/0010-old-shares.md")]
    pub mod old_shares {}

    #[doc = include_str!("manual/decisions/0011-cards.md")]
    pub mod cards {}

    #[doc = include_str!("manual/decisions/0012-register-of-records.md")]
    pub mod register_of_records {}

    #[doc = include_str!("manual/decisions/0013-ssh-recipients.md")]
    pub mod ssh_recipients {}

    #[doc = include_str!("manual/decisions/0014-components-are-a-split.md")]
    pub mod components_are_a_split {}

    #[doc = include_str!("manual/decisions/0015-who-could.md")]
    pub mod who_could {}

    #[doc = include_str!("manual/decisions/0016-faults-are-struck-from-inside.md")]
    pub mod faults_are_struck_from_inside {}

    #[doc = include_str!("manual/decisions/0017-exceptions-are-signed-in-place.md")]
    pub mod exceptions_are_signed_in_place {}

    #[doc = include_str!("manual/decisions/0018-register-index.md")]
    pub mod register_index {}

    #[doc = include_str!("manual/decisions/0019-let-go-is-wiped.md")]
    pub mod let_go_is_wiped {}

    #[doc = include_str!("manual/decisions/0020-fips.md")]
    pub mod fips {}
}
