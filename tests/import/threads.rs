//! Whole lists: who answers whom is known, and is found.

use std::collections::HashMap;

use crate::house::{House, Told};
use crate::lists::{self, Posted};

/// Of the answers whose parent is there: how many are where their parent is, how many
/// elsewhere by a match, how many in a conversation of their own.
#[derive(Debug, Default, PartialEq)]
struct Score {
    right: usize,
    wrong: usize,
    alone: usize,
}

impl Score {
    fn total(&self) -> usize {
        self.right + self.wrong + self.alone
    }
}

fn score<'m>(
    all: &[Posted],
    told: &HashMap<String, Told>,
    judged: impl Iterator<Item = &'m Posted>,
) -> Score {
    let mut score = Score::default();
    for mail in judged {
        let parent = &all[mail.parent.unwrap()];
        let (own, parents) = (&told[&mail.id], &told[&parent.id]);
        if own.conversation.is_some() && own.conversation == parents.conversation {
            score.right += 1;
        } else if own.matched_by.is_some() {
            score.wrong += 1;
        } else {
            score.alone += 1;
        }
    }
    score
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_where_its_parent_is_whatever_the_order_of_the_archive() {
    let all = lists::post(3_000, 7);
    let here: Vec<&Posted> = all.iter().filter(|mail| !mail.gone).collect();
    for seed in [0, 1] {
        let mails = if seed == 0 {
            here.clone()
        } else {
            lists::shuffled(&here, seed)
        };
        let house = House::new();
        let path = house.file("lists.mbox", &lists::mbox(&mails, true));
        let (summary, told) = house.told(&path, true, &[]).await;
        let answers = here
            .iter()
            .copied()
            .filter(|mail| mail.has_known_parent(&all));
        let score = score(&all, &told, answers);
        assert!(score.total() > 2_000, "{score:?}");
        assert_eq!(score.right, score.total(), "{score:?}");
        assert_eq!(usize::try_from(summary.imported).unwrap(), here.len());
        // Threads are not thrown together either: there are about as many conversations
        // as threads.
        let roots = here.iter().filter(|mail| mail.parent.is_none()).count();
        let conversations = usize::try_from(summary.conversations - summary.united).unwrap();
        assert!(
            conversations * 10 > roots * 9 && conversations < roots * 2,
            "{conversations} conversations of {roots} threads"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_threading_fields_answers_are_found_by_subject_people_and_quotes() {
    let all = lists::post(6_000, 11);
    let here: Vec<&Posted> = all.iter().filter(|mail| !mail.gone).collect();
    let mut posts: HashMap<usize, usize> = HashMap::new();
    for mail in &here {
        *posts.entry(mail.from).or_default() += 1;
    }
    let mut busiest: Vec<(usize, usize)> = posts.into_iter().collect();
    busiest.sort_by_key(|(person, number)| (std::cmp::Reverse(*number), *person));
    for (me, _) in busiest.into_iter().take(2) {
        let answers_me = |mail: &Posted| {
            mail.from != me
                && mail
                    .parent
                    .is_some_and(|p| all[p].from == me && !all[p].gone)
        };
        let answered_by_me = |mail: &&Posted| {
            here.iter()
                .any(|m| m.from == me && m.parent.is_some_and(|p| all[p].id == mail.id))
        };
        let view: Vec<&Posted> = here
            .iter()
            .copied()
            .filter(|mail| mail.from == me || answers_me(mail) || answered_by_me(mail))
            .collect();
        for mails in [&view, &here] {
            let house = House::new();
            let path = house.file("view.mbox", &lists::mbox(mails, false));
            let (_, told) = house.told(&path, true, &[&lists::address(me)]).await;
            let judged = mails.iter().copied().filter(|mail| {
                mail.parent
                    .is_some_and(|p| !all[p].gone && told.contains_key(&all[p].id))
                    && (answers_me(mail) || mail.from == me)
            });
            let score = score(&all, &told, judged);
            assert!(score.total() > 100, "{score:?}");
            assert!(score.right * 100 >= score.total() * 98, "right: {score:?}");
            assert!(score.wrong * 100 <= score.total(), "wrong: {score:?}");
            for told in told.values() {
                if told.matched_by.as_deref() == Some("sender") {
                    assert!(!told.certain, "a sender is no proof");
                }
            }
        }
    }
}
