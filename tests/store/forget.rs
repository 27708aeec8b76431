//! Erasing a person leaves nothing in the file.

use jiff::Timestamp;
use rejoinder::domain::LeadId;
use rejoinder::domain::lead::Holdings;
use rejoinder::store::NewExample;

use crate::fixture::{Fixture, fixture, mail, minute};

/// A lead with one mail, in which a word is that no other mail has.
async fn lead_who_says(f: &Fixture, name: &str, word: &str) -> LeadId {
    let lead = f.lead(name, &format!("{name}@example.com")).await;
    let conversation = f.conversation(lead, "Website").await;
    let mut mail = mail(&format!("m-{name}"), minute(1));
    mail.text = format!("I play the {word}.");
    let at: Timestamp = minute(1);
    f.store
        .write(move |w| {
            let message = w.insert_message(conversation, &mail, None, true, at)?;
            w.insert_example(&NewExample {
                conversation,
                lead,
                reply_to: Some(message),
                suggestion: None,
                intent: "pricing".into(),
                language: None,
                draft: None,
                changed: 0,
                reply: "Hi".into(),
                now: at,
            })
        })
        .await
        .unwrap();
    lead
}

/// How many blocks of the index hold a word as it is written there.
fn blocks_with(f: &Fixture, word: &str) -> i64 {
    f.raw()
        .query_row(
            "SELECT count(*) FROM message_words_data WHERE instr(block, CAST(?1 AS BLOB))",
            [word],
            |row| row.get(0),
        )
        .unwrap()
}

#[tokio::test]
async fn a_lead_goes_with_mails_examples_and_words_and_others_stay() {
    let f = fixture();
    let maria = lead_who_says(&f, "maria", "xylophone").await;
    let jon = lead_who_says(&f, "jon", "glockenspiel").await;
    let one = Holdings {
        conversations: 1,
        mails: 1,
        examples: 1,
        ..Holdings::default()
    };
    let held = |lead| f.store.read(move |r| r.get_holdings(lead));
    assert_eq!(held(maria).await.unwrap(), one);
    assert!(
        blocks_with(&f, "xylophone") > 0,
        "it is looked for where it is"
    );

    f.store.write(move |w| w.delete_lead(maria)).await.unwrap();
    f.store.purge_log().await.unwrap();
    assert_eq!(held(maria).await.unwrap(), Holdings::default());
    assert_eq!(held(jon).await.unwrap(), one);
    assert_eq!(blocks_with(&f, "xylophone"), 0);
    assert!(blocks_with(&f, "glockenspiel") > 0);
}
