//! How sure we are of a draft, in a way that can be believed: from what the checks found
//! in it, and, once the person has decided about enough drafts, from what they did with
//! drafts like it. A model's own guess has no part in it; that is
//! [`Confidence`] of the suggestion, shown as the guess that it is.
//!
//! Pure arithmetic. Who counts outcomes is the store; who fills scores in is the service.

use std::collections::BTreeMap;

use serde::Serialize;

use super::states::text_enum;
use super::suggestion::{Check, Confidence, Severity};

/// Outcomes from which on history is believed.
pub const ENOUGH: u32 = 30;
/// Outcomes that a group needs to be spoken of by itself.
pub const GROUP: u32 = 8;
/// Outcomes that are remembered: what was long ago says little of the models of today.
pub const REMEMBERED: usize = 500;

/// The score of a draft in which nothing was found, as long as there is no history.
const CLEAN: f64 = 0.9;
/// How many outcomes the wider group (or the checks) counts for.
const PRIOR: f64 = 6.0;

/// Whether a finding is about what the lead's mail may have dictated, or says that a draft
/// is no answer.
#[must_use]
pub fn is_grave(check: &Check) -> bool {
    check.severity != Severity::Warn || GRAVE.contains(&check.code.as_str())
}

/// Warnings that weigh more: contacts, gifts and people that are not ours, and drafts that
/// are no answer.
const GRAVE: &[&str] = &[
    "link",
    "email_address",
    "phone",
    "recipient",
    "discount",
    "free",
    "no_answer",
];

text_enum! {
    /// What the person did with a draft.
    OutcomeKind {
        /// Sent as drafted.
        Unchanged = "unchanged",
        /// Sent after editing.
        Edited = "edited",
        /// Turned down.
        Rejected = "rejected",
        /// Passed over: another version was asked for, or an own reply was sent instead.
        Replaced = "replaced",
    }
}

/// What became of a draft.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DraftOutcome {
    /// Who drafted it.
    pub model: String,
    /// What the lead wanted.
    pub intent: String,
    /// What the person did.
    pub kind: OutcomeKind,
    /// How much of an edited one was changed, in percent of its words.
    pub changed: u8,
}

impl DraftOutcome {
    /// How good the draft was, from 0 to 1: whole when it was sent as it stood, less by
    /// what was changed, nothing when it was not used.
    fn worth(&self) -> f64 {
        match self.kind {
            OutcomeKind::Unchanged => 1.0,
            OutcomeKind::Edited => 1.0 - f64::from(self.changed.min(100)) / 100.0,
            OutcomeKind::Rejected | OutcomeKind::Replaced => 0.0,
        }
    }
}

text_enum! {
    /// Which drafts "like this" are.
    Scope {
        /// Of the same model, about the same.
        IntentAndModel = "intent_and_model",
        /// Of the same model.
        Model = "model",
        /// All.
        All = "all",
    }
}

/// What a score rests on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ScoreBasis {
    /// There is none: a template, or no draft yet.
    #[default]
    None,
    /// What the checks found in the text.
    Checks,
    /// What the person did with drafts like it, less what the checks found.
    History {
        /// Which drafts are meant.
        scope: Scope,
        /// How many of them were sent unchanged.
        unchanged: u32,
        /// How many there are.
        of: u32,
    },
}

/// Our own measure of a draft.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Score {
    /// From 0 to 1.
    #[serde(rename = "score")]
    pub value: Confidence,
    /// What it rests on.
    #[serde(rename = "score_basis")]
    pub basis: ScoreBasis,
}

impl Score {
    /// What it rests on, in words; none when there is no score.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        Some(match self.basis {
            ScoreBasis::None => return None,
            ScoreBasis::Checks => "by what the checks found".to_owned(),
            ScoreBasis::History {
                scope,
                unchanged,
                of,
            } => {
                let which = match scope {
                    Scope::IntentAndModel => "like this ",
                    Scope::Model => "drafts of this model ",
                    Scope::All => "drafts ",
                };
                format!("you sent {unchanged} of {of} {which}unchanged")
            }
        })
    }
}

/// What is known against a draft.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Signs {
    /// Findings that warn.
    pub warnings: u32,
    /// Those among the warnings that say where a mail may want to lead us, or that the
    /// draft is no answer.
    pub grave: u32,
    /// Findings that forbid sending.
    pub blocks: u32,
    /// Facts that the drafter lacked.
    pub missing: u32,
    /// The mail that it answers is one that gets no draft by itself, such as one that
    /// speaks to a model; or the person has to be asked once more before it may leave.
    pub flagged: bool,
}

impl Signs {
    /// Counts what was found.
    #[must_use]
    pub fn of(checks: &[Check], missing_facts: usize, flagged: bool) -> Self {
        let count = |severity: Severity| {
            let found = checks.iter().filter(|check| check.severity == severity);
            u32::try_from(found.count()).unwrap_or(u32::MAX)
        };
        let asks = count(Severity::Confirm) > 0;
        let grave = checks
            .iter()
            .filter(|check| check.severity == Severity::Warn && is_grave(check));
        Self {
            warnings: count(Severity::Warn),
            grave: u32::try_from(grave.count()).unwrap_or(u32::MAX),
            blocks: count(Severity::Block),
            missing: u32::try_from(missing_facts).unwrap_or(u32::MAX),
            flagged: flagged || asks,
        }
    }

    /// What is left of a score, from 0 to 1: all of it when nothing was found.
    fn share(self) -> f64 {
        let steps = |count: u32, each: f64| each.powi(i32::try_from(count.min(20)).unwrap_or(20));
        let flagged = if self.flagged { 0.3 } else { 1.0 };
        steps(self.warnings, 0.82)
            * steps(self.grave, 0.6)
            * steps(self.missing, 0.7)
            * steps(self.blocks, 0.3)
            * flagged
    }
}

/// Outcomes added up.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Tally {
    all: u32,
    unchanged: u32,
    worth: f64,
}

impl Tally {
    fn add(&mut self, outcome: &DraftOutcome) {
        self.all = self.all.saturating_add(1);
        if outcome.kind == OutcomeKind::Unchanged {
            self.unchanged = self.unchanged.saturating_add(1);
        }
        self.worth += outcome.worth();
    }

    /// The mean of the group, drawn towards what is expected of it as long as it is small
    /// (the mean of a Beta distribution with that prior).
    fn smoothed(self, expected: f64) -> f64 {
        (self.worth + PRIOR * expected) / (f64::from(self.all) + PRIOR)
    }
}

/// What the person did with drafts so far, by who drafted them and what they were about.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct History {
    all: Tally,
    by_model: BTreeMap<String, Tally>,
    by_both: BTreeMap<(String, String), Tally>,
}

impl History {
    /// Adds outcomes up.
    #[must_use]
    pub fn new(outcomes: &[DraftOutcome]) -> Self {
        let mut history = Self::default();
        for outcome in outcomes {
            history.all.add(outcome);
            let model = outcome.model.clone();
            history
                .by_model
                .entry(model.clone())
                .or_default()
                .add(outcome);
            let both = (outcome.intent.clone(), model);
            history.by_both.entry(both).or_default().add(outcome);
        }
        history
    }

    /// The score of a draft of a model. Few outcomes say nothing: then it is what the
    /// checks leave. From [`ENOUGH`] on it is what became of drafts like it, the narrow
    /// group drawn towards the wider one while it is small, less what the checks found.
    #[must_use]
    pub fn score(&self, model: &str, intent: &str, signs: Signs) -> Score {
        if self.all.all < ENOUGH {
            return Score {
                value: rounded(CLEAN * signs.share()),
                basis: ScoreBasis::Checks,
            };
        }
        let of_model = self.by_model.get(model).copied().unwrap_or_default();
        let key = (intent.to_owned(), model.to_owned());
        let of_both = self.by_both.get(&key).copied().unwrap_or_default();
        let expected = of_both.smoothed(of_model.smoothed(self.all.smoothed(CLEAN)));
        let (scope, group) = if of_both.all >= GROUP && !intent.is_empty() {
            (Scope::IntentAndModel, of_both)
        } else if of_model.all >= GROUP {
            (Scope::Model, of_model)
        } else {
            (Scope::All, self.all)
        };
        Score {
            value: rounded(expected * signs.share()),
            basis: ScoreBasis::History {
                scope,
                unchanged: group.unchanged,
                of: group.all,
            },
        }
    }
}

/// To a thousandth, so that the same score prints the same everywhere.
fn rounded(value: f64) -> Confidence {
    Confidence::new((value.clamp(0.0, 1.0) * 1000.0).round() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn outcome(kind: OutcomeKind, changed: u8, intent: &str, model: &str) -> DraftOutcome {
        DraftOutcome {
            model: model.into(),
            intent: intent.into(),
            kind,
            changed,
        }
    }

    fn many(count: usize, kind: OutcomeKind, intent: &str, model: &str) -> Vec<DraftOutcome> {
        vec![outcome(kind, 0, intent, model); count]
    }

    fn value(history: &History, model: &str, intent: &str, signs: Signs) -> f64 {
        history.score(model, intent, signs).value.value().unwrap()
    }

    #[test]
    fn few_outcomes_say_nothing() {
        let history = History::new(&many(29, OutcomeKind::Rejected, "pricing", "m"));
        let score = history.score("m", "pricing", Signs::default());
        assert_eq!(score.basis, ScoreBasis::Checks);
        assert_eq!(score.value.percent(), Some(90));
    }

    #[test]
    fn from_thirty_on_it_is_what_the_person_did() {
        let mut outcomes = many(14, OutcomeKind::Unchanged, "pricing", "m");
        outcomes.extend(many(2, OutcomeKind::Rejected, "pricing", "m"));
        outcomes.extend(many(14, OutcomeKind::Rejected, "scheduling", "m"));
        let history = History::new(&outcomes);
        let pricing = history.score("m", "pricing", Signs::default());
        let wanted = ScoreBasis::History {
            scope: Scope::IntentAndModel,
            unchanged: 14,
            of: 16,
        };
        assert_eq!(pricing.basis, wanted);
        assert!(pricing.value.value().unwrap() > 0.75, "{pricing:?}");
        let scheduling = history.score("m", "scheduling", Signs::default());
        assert!(scheduling.value.value().unwrap() < 0.3, "{scheduling:?}");
    }

    #[test]
    fn a_small_group_falls_back_to_a_wider_one() {
        let mut outcomes = many(7, OutcomeKind::Rejected, "refund", "m");
        outcomes.extend(many(20, OutcomeKind::Unchanged, "pricing", "m"));
        outcomes.extend(many(5, OutcomeKind::Unchanged, "pricing", "other"));
        let history = History::new(&outcomes);
        let scope = |model: &str, intent: &str| match history
            .score(model, intent, Signs::default())
            .basis
        {
            ScoreBasis::History { scope, of, .. } => (scope, of),
            other => panic!("{other:?}"),
        };
        assert_eq!(scope("m", "pricing"), (Scope::IntentAndModel, 20));
        assert_eq!(scope("m", "refund"), (Scope::Model, 27));
        assert_eq!(scope("m", "never seen"), (Scope::Model, 27));
        assert_eq!(scope("other", "pricing"), (Scope::All, 32));
        assert_eq!(scope("new", "pricing"), (Scope::All, 32));
        // A small group is drawn to the wider one, and still speaks.
        let seven = value(&history, "m", "refund", Signs::default());
        let none = value(&history, "m", "never seen", Signs::default());
        assert!(seven < none && seven > 0.2, "{seven} {none}");
    }

    #[test]
    fn an_edit_counts_by_how_much_it_changed() {
        let with = |changed| {
            let edited = vec![outcome(OutcomeKind::Edited, changed, "pricing", "m"); 40];
            value(&History::new(&edited), "m", "pricing", Signs::default())
        };
        assert!(with(5) > with(40) && with(40) > with(100));
        assert!(with(100) < 0.1);
    }

    fn kinds() -> impl Strategy<Value = OutcomeKind> {
        proptest::sample::select(OutcomeKind::ALL.to_vec())
    }

    fn outcomes() -> impl Strategy<Value = Vec<DraftOutcome>> {
        let one = (kinds(), 0_u8..=100, 0..3_u8, 0..2_u8).prop_map(|(kind, changed, i, m)| {
            outcome(kind, changed, &format!("i{i}"), &format!("m{m}"))
        });
        proptest::collection::vec(one, 0..80)
    }

    fn signs() -> impl Strategy<Value = Signs> {
        (0..30_u32, 0..4_u32, 0..5_u32, 0..9_u32, any::<bool>()).prop_map(
            |(warnings, grave, blocks, missing, flagged)| Signs {
                warnings,
                grave,
                blocks,
                missing,
                flagged,
            },
        )
    }

    #[test]
    fn a_strange_link_weighs_more_than_a_question() {
        let with = |code: &str| {
            let check = Check {
                code: code.into(),
                severity: Severity::Warn,
                message: String::new(),
                excerpt: String::new(),
            };
            let signs = Signs::of(&[check], 0, false);
            value(&History::default(), "m", "i", signs)
        };
        assert!(with("question") > 0.7 && with("link") < 0.5);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_score_is_always_a_number_from_0_to_1(outcomes in outcomes(), signs in signs()) {
            let score = History::new(&outcomes).score("m0", "i0", signs);
            let value = score.value.value();
            prop_assert!(value.is_some_and(|value| (0.0..=1.0).contains(&value)), "{score:?}");
        }

        #[test]
        fn one_more_finding_never_raises_it(outcomes in outcomes(), signs in signs()) {
            let history = History::new(&outcomes);
            let before = value(&history, "m0", "i0", signs);
            for worse in [
                Signs { warnings: signs.warnings + 1, ..signs },
                Signs { grave: signs.grave + 1, ..signs },
                Signs { blocks: signs.blocks + 1, ..signs },
                Signs { missing: signs.missing + 1, ..signs },
                Signs { flagged: true, ..signs },
            ] {
                prop_assert!(value(&history, "m0", "i0", worse) <= before);
            }
        }

        #[test]
        fn a_better_outcome_never_lowers_it(
            outcomes in outcomes(),
            at in any::<proptest::sample::Index>(),
        ) {
            prop_assume!(!outcomes.is_empty());
            let before = value(&History::new(&outcomes), "m0", "i0", Signs::default());
            let mut better = outcomes;
            at.get_mut(&mut better).kind = OutcomeKind::Unchanged;
            let after = value(&History::new(&better), "m0", "i0", Signs::default());
            prop_assert!(after >= before, "{after} < {before}");
        }

        #[test]
        fn below_the_threshold_history_is_not_heard(outcomes in outcomes(), signs in signs()) {
            let few: Vec<_> = outcomes.into_iter().take(29).collect();
            prop_assert_eq!(
                History::new(&few).score("m0", "i0", signs),
                History::default().score("m0", "i0", signs)
            );
        }
    }
}
