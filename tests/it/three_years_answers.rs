//! The answers of [`crate::three_years`], written by hand from the story in [`crate::years`]. Whoever adds a
//! ceremony to the story writes here what an auditor is to be told of it.

/// A day, and what is answered on it.
pub(crate) struct Asked {
    pub(crate) day: &'static str,
    /// How many ceremonies ended by then.
    pub(crate) ceremonies: usize,
    /// Days since each key was made, days left, how it stands, and its state.
    pub(crate) age: &'static [&'static str],
    /// Share sets by key and epoch: how they stand, and who has the shares.
    pub(crate) custody: &'static [&'static str],
    /// Who can rebuild payments, use it and manage it at AWS; `!` is somebody who left.
    pub(crate) who: &'static str,
    /// Keys at providers that are not simply there.
    pub(crate) places: &'static [&'static str],
    /// Days since the last restore test of our keys.
    pub(crate) backups: &'static [&'static str],
    /// Keys whose decision has something against it.
    pub(crate) decisions: &'static [&'static str],
    /// How it stands with acknowledgements.
    pub(crate) duties: &'static [&'static str],
    /// What Dee can still get at, by kind.
    pub(crate) departed: &'static str,
    /// How often payments was wrapped for a provider.
    pub(crate) imports: usize,
    /// Steps in which payments could be got at.
    pub(crate) dual_control: usize,
    /// How many deviations there were.
    pub(crate) deviations: usize,
    /// What is overdue.
    pub(crate) overdue: &'static [&'static str],
}

/// The twelve days.
pub(crate) const YEARS: &[Asked] = &[
    // The first key is made; two others are declared.
    Asked {
        day: "2024-01-31",
        ceremonies: 3,
        age: &[
            "payments 16 714 within pre-activation",
            "orders 244 121 within -",
            "images ? ? unknown -",
        ],
        custody: &["payments 1 warning: ben cho dee"],
        who: "ben cho dee use - manage -",
        places: &[],
        backups: &["payments 16 tested"],
        decisions: &[],
        duties: &["ben valid", "cho valid", "dee valid"],
        departed: "role share",
        imports: 1,
        dual_control: 5,
        deviations: 0,
        overdue: &[],
    },
    // It is in use at two providers; one of three did not come to the drill.
    Asked {
        day: "2024-06-30",
        ceremonies: 6,
        age: &[
            "payments 167 563 within active",
            "orders 395 -30 over -",
            "images ? ? unknown -",
        ],
        custody: &["payments 1 warning: ben cho dee"],
        who: "ben cho dee use - manage -",
        places: &[],
        backups: &["payments 139 tested"],
        decisions: &[],
        duties: &["ben valid", "cho valid", "dee valid"],
        departed: "role share",
        imports: 2,
        dual_control: 8,
        deviations: 0,
        overdue: &["cryptoperiod orders", "drill payments by cho"],
    },
    // A restore test, with a door that stood open; who can get at it was looked at.
    Asked {
        day: "2024-10-15",
        ceremonies: 8,
        age: &[
            "payments 274 456 within active",
            "orders 502 -137 over -",
            "images ? ? unknown -",
        ],
        custody: &["payments 1 well: ben cho dee"],
        who: "ben cho dee use backup payments-app root dee manage root ana dee",
        places: &[],
        backups: &["payments 43 tested"],
        decisions: &[],
        duties: &["ben valid", "cho valid", "dee valid"],
        departed: "principal role share",
        imports: 2,
        dual_control: 9,
        deviations: 1,
        overdue: &["cryptoperiod orders"],
    },
    // The material at AWS expired.
    Asked {
        day: "2024-11-15",
        ceremonies: 8,
        age: &[
            "payments 305 425 within active",
            "orders 533 -168 over -",
            "images ? ? unknown -",
        ],
        custody: &["payments 1 well: ben cho dee"],
        who: "ben cho dee use backup payments-app root dee manage root ana dee",
        places: &["payments aws-kms not known"],
        backups: &["payments 74 tested"],
        decisions: &[],
        duties: &["ben valid", "cho valid", "dee valid"],
        departed: "principal role share",
        imports: 2,
        dual_control: 9,
        deviations: 1,
        overdue: &["cryptoperiod orders", "material-expiry payments"],
    },
    // It was imported once more, and is suspended.
    Asked {
        day: "2024-12-12",
        ceremonies: 10,
        age: &[
            "payments 332 398 within suspended",
            "orders 560 -195 over -",
            "images ? ? unknown -",
        ],
        custody: &["payments 1 well: ben cho dee"],
        who: "ben cho dee use backup payments-app root dee manage root ana dee",
        places: &[],
        backups: &["payments 24 tested"],
        decisions: &[],
        duties: &["ben runs-out", "cho runs-out", "dee runs-out"],
        departed: "principal role share",
        imports: 3,
        dual_control: 12,
        deviations: 1,
        overdue: &["cryptoperiod orders"],
    },
    // Dee left: her share and her user are open.
    Asked {
        day: "2025-03-20",
        ceremonies: 13,
        age: &[
            "payments 430 300 within active",
            "orders 658 -293 over -",
            "images ? ? unknown -",
        ],
        custody: &["payments 1 warning: ben cho dee"],
        who: "ben cho dee! use backup payments-app root dee! manage root ana dee!",
        places: &[],
        backups: &["payments 122 tested"],
        decisions: &["payments"],
        duties: &["ben valid", "cho valid", "gil valid"],
        departed: "principal share",
        imports: 3,
        dual_control: 12,
        deviations: 1,
        overdue: &[
            "cryptoperiod orders",
            "drill payments by cho",
            "review payments",
        ],
    },
    // New shares, and her user is gone.
    Asked {
        day: "2025-04-15",
        ceremonies: 15,
        age: &[
            "payments 456 274 within active",
            "orders 684 -319 over -",
            "images ? ? unknown -",
        ],
        custody: &[
            "payments 1 dead: ben cho dee",
            "payments 2 well: ben cho gil",
        ],
        who: "ben cho gil use backup payments-app root manage root ana",
        places: &[],
        backups: &["payments 22 tested"],
        decisions: &["payments"],
        duties: &["ben valid", "cho valid", "gil valid"],
        departed: "",
        imports: 3,
        dual_control: 14,
        deviations: 1,
        overdue: &["cryptoperiod orders", "review payments"],
    },
    // The deputy lost the share.
    Asked {
        day: "2025-07-15",
        ceremonies: 17,
        age: &[
            "payments 547 183 within active",
            "orders 775 -410 over -",
            "images ? ? unknown -",
        ],
        custody: &[
            "payments 1 dead: ben cho dee",
            "payments 2 warning: ben fay gil",
        ],
        who: "ben fay gil use backup payments-app root manage root ana",
        places: &[],
        backups: &["payments 113 tested"],
        decisions: &["orders"],
        duties: &["fay missing", "ben valid", "cho valid", "gil valid"],
        departed: "",
        imports: 3,
        dual_control: 14,
        deviations: 1,
        overdue: &[
            "cryptoperiod orders",
            "drill payments by fay",
            "review orders",
        ],
    },
    // The next version is there, and a key of another platform.
    Asked {
        day: "2026-01-20",
        ceremonies: 21,
        age: &[
            "payments 736 -6 replaced active",
            "orders 964 -599 over -",
            "images ? ? unknown -",
            "archive 78 1747 within active",
            "payments-2026 15 715 within active",
        ],
        custody: &[
            "payments 1 dead: ben cho dee",
            "payments 2 unproven: ben fay gil",
            "archive 1 warning: ben cho gil",
            "payments-2026 1 warning: ben cho gil",
        ],
        who: "ben fay gil use backup payments-app root manage root ana",
        places: &["payments aws-kms not known"],
        backups: &[
            "payments 302 tested",
            "archive 78 tested",
            "payments-2026 15 tested",
        ],
        decisions: &["orders"],
        duties: &["fay missing", "ben valid", "cho valid", "gil valid"],
        departed: "",
        imports: 3,
        dual_control: 14,
        deviations: 1,
        overdue: &[
            "cryptoperiod orders",
            "deputy-return payments by fay",
            "drill payments by ben",
            "drill payments by fay",
            "drill payments by gil",
            "material-expiry payments",
            "review orders",
        ],
    },
    // The destruction of that one is asked for.
    Asked {
        day: "2026-03-12",
        ceremonies: 23,
        age: &[
            "payments 787 -57 replaced active",
            "orders 1015 -650 over -",
            "images ? ? unknown -",
            "archive 129 1696 deactivated deactivated",
            "payments-2026 66 664 within active",
        ],
        custody: &[
            "payments 1 dead: ben cho dee",
            "payments 2 unproven: ben fay gil",
            "archive 1 warning: ben cho gil",
            "payments-2026 1 warning: ben cho gil",
        ],
        who: "ben fay gil use backup payments-app root manage root ana",
        places: &["payments aws-kms not known"],
        backups: &[
            "payments 353 tested",
            "archive 129 tested",
            "payments-2026 66 tested",
        ],
        decisions: &["orders"],
        duties: &["fay missing", "ben ran-out", "cho ran-out", "gil ran-out"],
        departed: "",
        imports: 3,
        dual_control: 14,
        deviations: 1,
        overdue: &[
            "cryptoperiod orders",
            "deputy-return payments by fay",
            "drill payments by ben",
            "drill payments by fay",
            "drill payments by gil",
            "material-expiry payments",
            "review orders",
        ],
    },
    // It was called off; that of the older version is asked for.
    Asked {
        day: "2026-06-01",
        ceremonies: 26,
        age: &[
            "payments 868 -138 deactivated deactivated",
            "orders 1096 -731 over -",
            "images ? ? unknown -",
            "archive 210 1615 deactivated deactivated",
            "payments-2026 147 583 within active",
        ],
        custody: &[
            "payments 1 dead: ben cho dee",
            "payments 2 unproven: ben fay gil",
            "archive 1 warning: ben cho gil",
            "payments-2026 1 warning: ben cho gil",
        ],
        who: "ben fay gil use backup payments-app root manage root ana",
        places: &["payments aws-kms not known"],
        backups: &[
            "payments 434 overdue",
            "archive 210 tested",
            "payments-2026 147 tested",
        ],
        decisions: &["orders"],
        duties: &["fay missing", "cho ran-out", "ben valid", "gil valid"],
        departed: "",
        imports: 3,
        dual_control: 14,
        deviations: 1,
        overdue: &[
            "cryptoperiod orders",
            "deputy-return payments by fay",
            "destruction-window payments",
            "drill payments by ben",
            "drill payments by fay",
            "drill payments by gil",
            "material-expiry payments",
            "restore-test payments",
            "review orders",
        ],
    },
    // The older version is destroyed; the other key is compromised.
    Asked {
        day: "2026-09-01",
        ceremonies: 28,
        age: &[
            "payments 960 -230 gone destroyed",
            "orders 1188 -823 over -",
            "images ? ? unknown -",
            "archive 302 1523 compromised compromised",
            "payments-2026 239 491 within active",
        ],
        custody: &[
            "payments 1 dead: ben cho dee",
            "payments 2 dead: ben fay gil",
            "archive 1 warning: ben cho gil",
            "payments-2026 1 warning: ben cho gil",
        ],
        who: "- use - manage -",
        places: &["payments vault gone", "payments aws-kms gone"],
        backups: &[
            "payments 526 destroyed",
            "archive 302 tested",
            "payments-2026 239 tested",
        ],
        decisions: &["orders"],
        duties: &["fay missing", "cho ran-out", "ben valid", "gil valid"],
        departed: "",
        imports: 3,
        dual_control: 18,
        deviations: 1,
        overdue: &[
            "compromise archive",
            "cryptoperiod orders",
            "deputy-return payments by fay",
            "review orders",
        ],
    },
];
