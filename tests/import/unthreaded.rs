//! Mails whose threading fields are lost, as archives of lists and old programs leave
//! them: what else in a mail tells where it belongs.

use crate::house::{House, Told};
use crate::letters::{LETTER, Letter, mbox};

const ME: &[&str] = &["sam@y.example"];
const LIST: &str = "talk@lists.example";

const ROOT: Letter<'_> = Letter {
    id: "root",
    from: "maria@x.example",
    to: LIST,
    subject: "[talk] Slow queries",
    body: "Since the last release every query takes a minute.",
    ..LETTER
};

const ANSWER: Letter<'_> = Letter {
    id: "answer",
    from: "jo@z.example",
    subject: "Re: [talk] Slow queries",
    minutes: 30,
    body: "Which release?",
    ..ROOT
};

async fn told(letters: &[Letter<'_>]) -> std::collections::HashMap<String, Told> {
    let house = House::new();
    let path = house.file("all.mbox", &mbox(letters));
    house.told(&path, true, ME).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_a_wrong_clock_dates_before_its_root_joins_it() {
    for to in [LIST, ""] {
        let early = Letter {
            to,
            minutes: -200,
            ..ANSWER
        };
        let told = told(&[Letter { to, ..ROOT }, early]).await;
        assert_eq!(told["root"].conversation, told["answer"].conversation);
        assert_eq!(told["root"].matched_by.as_deref(), Some("subject"));
        assert!(!told["root"].certain);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_does_not_join_an_answer_to_something_else() {
    let other = Letter {
        minutes: -200,
        more: "In-Reply-To: <older@x.example>\n",
        ..ANSWER
    };
    let long_before = Letter {
        days_ago: ROOT.days_ago + 20,
        ..ANSWER
    };
    let elsewhere = Letter {
        minutes: -200,
        to: "other@lists.example",
        ..ANSWER
    };
    for answer in [other, long_before, elsewhere] {
        let told = told(&[ROOT, answer]).await;
        assert_ne!(told["root"].conversation, told["answer"].conversation);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_quotes_answers_even_if_its_subject_does_not_say_so() {
    // List software takes the prefix away together with its tag.
    let answer = Letter {
        subject: "[talk] Slow queries",
        body: "On Mon, Maria wrote:\n> Short.\n\nWhich release?",
        ..ANSWER
    };
    let first = Letter {
        body: "I have the same question.",
        ..answer
    };
    let quoting = told(&[ROOT, answer]).await;
    assert_eq!(quoting["root"].conversation, quoting["answer"].conversation);
    let silent = told(&[ROOT, first]).await;
    assert_ne!(silent["root"].conversation, silent["answer"].conversation);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subject_under_way_is_the_same_talk_though_no_answer_is_marked() {
    let unmarked = Letter {
        subject: "[talk] Slow queries",
        ..ANSWER
    };
    let bare = Letter { to: "", ..unmarked };
    let listed = Letter {
        more: "List-Id: <talk.lists.example>\n",
        ..unmarked
    };
    let own = Letter {
        from: ROOT.from,
        ..unmarked
    };
    for answer in [bare, listed, own] {
        let told = told(&[
            Letter {
                to: answer.to,
                ..ROOT
            },
            answer,
        ])
        .await;
        assert_eq!(told["root"].conversation, told["answer"].conversation);
        assert_eq!(told["answer"].certain, answer.from == ROOT.from);
    }
    let late = Letter {
        minutes: 3 * 24 * 60,
        ..bare
    };
    let newsletter = Letter {
        more: "List-Unsubscribe: <https://z.example/u>\n",
        ..bare
    };
    for other in [late, newsletter] {
        let told = told(&[Letter { to: "", ..ROOT }, other]).await;
        assert_ne!(told["root"].conversation, told["answer"].conversation);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_we_write_to_one_after_another_is_with_each_of_them() {
    let first = Letter {
        from: "sam@y.example",
        to: "maria@x.example, boss@y.example",
        subject: "A new website for the coming spring",
        ..ROOT
    };
    let second = Letter {
        id: "second",
        to: "jo@z.example, boss@y.example",
        minutes: 2,
        ..first
    };
    let told = told(&[first, second]).await;
    assert_ne!(told["root"].conversation, told["second"].conversation);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_quoted_decides_between_threads_of_one_subject() {
    // Jo has begun a thread of that name himself, and answers another one.
    let own = Letter {
        id: "own",
        from: "jo@z.example",
        body: "Reports are slow at our site since we moved the disks.",
        minutes: 10,
        ..ROOT
    };
    let answer = Letter {
        body: "Maria wrote:\n> Since the last release every query takes a minute.\n\nWhich one?",
        ..ANSWER
    };
    let told = told(&[ROOT, own, answer]).await;
    assert_ne!(told["root"].conversation, told["own"].conversation);
    assert_eq!(told["answer"].conversation, told["root"].conversation);
}

#[tokio::test(flavor = "multi_thread")]
async fn quotes_are_known_however_their_lines_are_broken() {
    let flowing = Letter {
        body: "We moved the tables to the new disks last night, and since then the nightly report takes hours instead of minutes, which nobody here understands.",
        ..ROOT
    };
    let other = Letter {
        id: "other",
        subject: "[talk] Disks",
        from: "ana@v.example",
        body: "Which disks would you buy for a small office with five people?",
        ..ROOT
    };
    let answer = Letter {
        subject: "Re: hours and minutes",
        body: "Maria wrote:\n> last night, and since then the\n> nightly report takes hours\n> instead of minutes, which\n> nobody here understands.\n\nLook at the log.",
        ..ANSWER
    };
    let told = told(&[flowing, other, answer]).await;
    assert_eq!(told["answer"].conversation, told["root"].conversation);
    assert_eq!(told["answer"].matched_by.as_deref(), Some("sender"));
    assert!(!told["answer"].certain);
}

#[tokio::test(flavor = "multi_thread")]
async fn quotes_are_known_without_any_mark() {
    let question = "Since yesterday's release every single query takes several minutes, although neither the tables nor the machines underneath them were changed, and nobody here understands where these minutes disappear.";
    let root = Letter {
        body: question,
        ..ROOT
    };
    let body = format!("Please look at the log.\n\n{question}");
    let answer = Letter {
        subject: "[talk] Slow queries",
        body: &body,
        ..ANSWER
    };
    let told = told(&[root, answer]).await;
    assert_eq!(told["root"].conversation, told["answer"].conversation);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_quoted_decides_between_threads_of_one_subject() {
    let root = |id, from, minutes| Letter {
        id,
        from,
        minutes,
        ..ROOT
    };
    let answer = Letter {
        body: "On Tuesday Ana Gray wrote:\n> Short.\n\nWhich release?",
        ..ANSWER
    };
    let told = told(&[
        Letter {
            body: "Mine are.",
            ..root("one", "Ana Gray <ana@v.example>", 0)
        },
        Letter {
            body: "Not here.",
            ..root("two", "Maria Hill <maria@x.example>", 10)
        },
        answer,
    ])
    .await;
    assert_ne!(told["one"].conversation, told["two"].conversation);
    assert_eq!(told["answer"].conversation, told["one"].conversation);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_everybody_writes_proves_nothing() {
    let footer = "\n\nPlease read the posting guide before you ask a question on this list.";
    let with_footer = |text: &str| format!("{text}{footer}");
    let (one, two) = (with_footer("Hello."), with_footer("Good morning."));
    let quoting = format!(
        "Jo wrote:\n> Unknown.{}\n\nYes.",
        footer.replace('\n', "\n> ")
    );
    let told = told(&[
        Letter { body: &one, ..ROOT },
        Letter {
            id: "two",
            subject: "[talk] Disks",
            from: "ana@v.example",
            body: &two,
            ..ROOT
        },
        Letter {
            subject: "Re: entirely different",
            body: &quoting,
            ..ANSWER
        },
    ])
    .await;
    assert_eq!(told["answer"].matched_by, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_numbered_parts_of_a_series_are_one_conversation() {
    let part = |id, subject, minutes| Letter {
        id,
        subject,
        minutes,
        body: "Signed-off-by: Maria",
        ..ROOT
    };
    let told = told(&[
        part("0", "[PATCH 0/2] Queries", 0),
        part("1", "[PATCH 1/2] disks: faster", 0),
        part("2", "[PATCH 2/2] log: shorter", 1),
        // Another series of the same length, of somebody else and of the same author.
        Letter {
            from: "jo@z.example",
            ..part("j", "[PATCH 1/2] other: things", 1)
        },
        part("b0", "[PATCH 0/2] Reports", 5),
        part("b1", "[PATCH 1/2] reports: shorter", 5),
        Letter {
            id: "answer",
            subject: "Re: [PATCH 2/2] log: shorter",
            minutes: 40,
            ..ANSWER
        },
        part("late", "[PATCH 2/2] much: later", 600),
    ])
    .await;
    let of = |id: &str| told[id].conversation;
    assert_eq!(of("1"), of("0"));
    assert_eq!(of("2"), of("0"));
    assert_eq!(of("answer"), of("0"));
    assert_eq!(of("b1"), of("b0"));
    assert_ne!(of("b0"), of("0"));
    assert_ne!(of("j"), of("0"));
    assert_ne!(of("late"), of("0"));
    assert_ne!(of("late"), of("b0"));
    assert!(!told["1"].certain);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_dated_before_its_part_of_a_series_joins_the_series() {
    let part = |id, subject, minutes| Letter {
        id,
        subject,
        minutes,
        body: "Signed-off-by: Maria",
        ..ROOT
    };
    let early = |id, subject, minutes| Letter {
        id,
        subject,
        minutes,
        body: "Looks good.",
        ..ANSWER
    };
    let told = told(&[
        early("early", "Re: [PATCH 2/2] log: shorter", -30),
        part("0", "[PATCH 0/2] Queries", 0),
        part("1", "[PATCH 1/2] disks: faster", 0),
        part("2", "[PATCH 2/2] log: shorter", 1),
        Letter {
            subject: "Re: [PATCH 2/2] log: shorter",
            minutes: 60,
            ..ROOT
        },
        early("other", "Re: something else", -20),
    ])
    .await;
    let of = |id: &str| told[id].conversation;
    assert_eq!(of("early"), of("0"));
    assert_eq!(of("2"), of("0"));
    assert_eq!(of("root"), of("0"));
    assert_ne!(of("other"), of("0"));
    assert!(!told["2"].certain);
}

#[tokio::test(flavor = "multi_thread")]
async fn quote_marks_tell_an_answer_although_nobody_is_named() {
    let answer = Letter {
        subject: "[talk] Slow queries",
        body: "> Short.\n\nWhich release?",
        ..ANSWER
    };
    let told = told(&[ROOT, answer]).await;
    assert_eq!(told["root"].conversation, told["answer"].conversation);
    assert!(!told["answer"].certain);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telling_subject_is_one_talk_for_some_days_even_without_a_prefix() {
    let subject = "[talk] Slow queries since the last release";
    let bare = |id, days, subject| Letter {
        id,
        subject,
        body: "I have the same question.",
        days_ago: ROOT.days_ago - days,
        ..ANSWER
    };
    let told = told(&[
        Letter { subject, ..ROOT },
        bare("soon", 2, subject),
        bare("other", 2, "[talk] Slow disks since the last release"),
        Letter {
            from: "ana@v.example",
            ..bare("late", 30, subject)
        },
    ])
    .await;
    let of = |id: &str| told[id].conversation;
    assert_eq!(of("soon"), of("root"));
    assert!(!told["soon"].certain);
    assert_ne!(of("other"), of("root"));
    assert_ne!(of("late"), of("root"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_under_way_is_answered_rather_than_one_that_fell_silent() {
    let hello = |id, from, days| Letter {
        id,
        from,
        subject: "[talk] Hello",
        body: id,
        days_ago: ROOT.days_ago - days,
        ..ROOT
    };
    let re = |id, from, days, minutes| Letter {
        subject: "Re: [talk] Hello",
        minutes,
        ..hello(id, from, days)
    };
    let told = told(&[
        hello("old", "maria@x.example", 0),
        re("jo", "jo@z.example", 0, 20),
        hello("new", "ana@v.example", 40),
        re("jo2", "jo@z.example", 40, 60),
        // Two days of silence are not much.
        hello("third", "eve@u.example", 42),
        re("ana", "ana@v.example", 42, 30),
    ])
    .await;
    let of = |id: &str| told[id].conversation;
    assert_eq!(of("jo"), of("old"));
    assert_eq!(of("jo2"), of("new"));
    assert!(!told["jo2"].certain);
    assert_eq!(of("ana"), of("new"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_quoted_words_are_enough_with_the_name_of_who_wrote_them() {
    let root = Letter {
        from: "Maria Hill <maria@x.example>",
        body: "whoever understands this question differently",
        ..ROOT
    };
    let quoting = |who: &str| {
        format!(
            "{who} wrote:\n> One thing that nobody has mentioned is the considerable cost of moving all tables, whoever understands this question differently\n\nYes."
        )
    };
    let (by_her, by_another) = (quoting("Maria Hill"), quoting("Ana Gray"));
    let answer = |id, body| Letter {
        id,
        body,
        subject: "Re: tables",
        ..ANSWER
    };
    let told_her = told(&[root, answer("answer", &by_her)]).await;
    assert_eq!(
        told_her["answer"].conversation,
        told_her["root"].conversation
    );
    assert_eq!(told_her["answer"].matched_by.as_deref(), Some("sender"));
    assert!(!told_her["answer"].certain);
    let root = Letter {
        from: "Maria Hill <maria@x.example>",
        body: "whoever understands this question differently",
        ..ROOT
    };
    let told = told(&[root, answer("answer", &by_another)]).await;
    assert_ne!(told["answer"].conversation, told["root"].conversation);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_joins_an_early_answer_that_names_its_subject_as_the_former_one() {
    let early = Letter {
        subject: "[talk] Old disks (was: Slow queries)",
        minutes: -20,
        ..ANSWER
    };
    let told = told(&[ROOT, early]).await;
    assert_eq!(told["root"].conversation, told["answer"].conversation);
    assert!(!told["root"].certain);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_cut_off_goes_on_as_if_it_had_not_been() {
    let part = |id, subject| Letter {
        id,
        subject,
        minutes: 5,
        body: "Signed-off-by: Ana",
        from: "ana@v.example",
        ..ROOT
    };
    let letters = [
        Letter {
            body: "We moved the tables to the new disks last night, and since then the nightly report takes hours instead of minutes, which nobody here understands.",
            ..ROOT
        },
        part("0", "[PATCH 0/2] Reports"),
        part("1", "[PATCH 1/2] reports: shorter"),
        Letter {
            minutes: 6,
            ..part("2", "[PATCH 2/2] reports: longer")
        },
        Letter {
            subject: "Re: minutes",
            body: "Maria wrote:\n> last night, and since then the\n> nightly report takes hours\n> instead of minutes, which\n> nobody here understands.\n\nYes.",
            ..ANSWER
        },
    ];
    let whole = told(&letters).await;
    assert_eq!(whole["answer"].conversation, whole["root"].conversation);
    assert_eq!(whole["2"].conversation, whole["0"].conversation);
    for done in 1..letters.len() {
        let house = House::new();
        let path = house.file("all.mbox", &mbox(&letters[..done]));
        house.told(&path, true, ME).await;
        let path = house.file("all.mbox", &mbox(&letters));
        assert_eq!(house.told(&path, true, ME).await.1, whole, "after {done}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_everybody_a_mail_to_ourselves_can_be_a_parent() {
    let own = Letter {
        from: "sam@y.example",
        to: "sam@y.example",
        ..ROOT
    };
    let answer = Letter {
        more: "In-Reply-To: <root>\n",
        ..ANSWER
    };
    let told = told(&[own, answer]).await;
    assert!(told["root"].conversation.is_some());
    assert_eq!(told["root"].conversation, told["answer"].conversation);
}
