//! Pages and groups of the inbox.

use rejoinder::domain::ConversationStatus;
use rejoinder::store::{InboxCursor, InboxFilter, InboxOrder};

use crate::fixture::{fixture, mail, minute};

#[tokio::test]
async fn pages_by_keyset_show_every_conversation_once_in_both_orders() {
    let f = fixture();
    for n in 0..25_i64 {
        let lead = f
            .lead(&format!("Lead {n:02}"), &format!("l{n}@example.com"))
            .await;
        let conversation = f.conversation(lead, "Website").await;
        let status = ConversationStatus::ALL[usize::try_from(n % 4).unwrap()];
        f.store
            .write(move |w| {
                // Two share a time: the cursor must not lose either.
                let at = minute(n / 2);
                w.insert_message(conversation, &mail(&format!("m{n}"), at), None, true, at)?;
                w.set_conversation_status(conversation, status, None, at)
            })
            .await
            .unwrap();
    }
    for order in [InboxOrder::Groups, InboxOrder::Time] {
        let filter = InboxFilter {
            order,
            with_archived: true,
            ..InboxFilter::default()
        };
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let (filter, cursor) = (filter.clone(), after);
            let page = f
                .store
                .read(move |r| r.list_inbox(&filter, cursor, 4))
                .await
                .unwrap();
            assert_eq!(page.total, 25);
            seen.extend(page.conversations.into_iter().map(|row| row.id));
            let Some(next) = page.next else { break };
            after = InboxCursor::from_text(&next);
            assert!(after.is_some());
        }
        let mut unique = seen.clone();
        unique.sort();
        unique.dedup();
        assert_eq!((seen.len(), unique.len()), (25, 25), "{order:?}");
    }
}

#[tokio::test]
async fn search_looks_at_name_address_and_subject_and_takes_wildcards_literally() {
    let f = fixture();
    let maria = f.lead("Maria López", "maria@example.com").await;
    let jon = f.lead("Jon Park", "jp@park.example").await;
    f.conversation(maria, "100% new website").await;
    f.conversation(jon, "Logo").await;
    for (search, found) in [
        ("lópez", 1),
        ("PARK.example", 1),
        ("logo", 1),
        ("100%", 1),
        ("%", 1),
        ("_", 0),
        ("zzz", 0),
    ] {
        let filter = InboxFilter {
            search: Some(search.into()),
            ..InboxFilter::default()
        };
        let page = f
            .store
            .read(move |r| r.list_inbox(&filter, None, 10))
            .await
            .unwrap();
        assert_eq!(page.total, found, "{search}");
    }
}

#[tokio::test]
async fn archived_conversations_are_shown_only_when_asked_for() {
    let f = fixture();
    let maria = f.lead("Maria", "maria@example.com").await;
    let conversation = f.conversation(maria, "Website").await;
    f.store
        .write(move |w| {
            w.set_conversation_status(conversation, ConversationStatus::Archived, None, minute(1))
        })
        .await
        .unwrap();
    let total = |filter: InboxFilter| {
        let store = f.store.clone();
        async move {
            store
                .read(move |r| r.list_inbox(&filter, None, 10))
                .await
                .unwrap()
                .total
        }
    };
    assert_eq!(total(InboxFilter::default()).await, 0);
    let statuses = vec![ConversationStatus::Archived];
    assert_eq!(
        total(InboxFilter {
            statuses,
            ..InboxFilter::default()
        })
        .await,
        1
    );
    assert_eq!(
        total(InboxFilter {
            with_archived: true,
            ..InboxFilter::default()
        })
        .await,
        1
    );
}

#[tokio::test]
async fn a_page_of_the_inbox_reads_an_index_and_sorts_nothing() {
    let f = fixture();
    let connection = rusqlite::Connection::open(f.store.path()).unwrap();
    connection
        .pragma_update(None, "key", format!("x'{}'", "5a".repeat(32)))
        .unwrap();
    for order in [
        "inbox_group, last_message_at DESC, id DESC",
        "last_message_at DESC, id DESC",
    ] {
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT c.id FROM conversations c JOIN leads l ON l.id = c.lead_id
             ORDER BY {order} LIMIT 50"
        )
        .replace("inbox_group", "c.inbox_group")
        .replace("last_message_at", "c.last_message_at")
        .replace(" id DESC", " c.id DESC");
        let mut statement = connection.prepare(&sql).unwrap();
        let plan: Vec<String> = statement
            .query_map([], |row| row.get(3))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert!(
            !plan.iter().any(|step| step.contains("TEMP B-TREE")),
            "{plan:?}"
        );
    }
}
