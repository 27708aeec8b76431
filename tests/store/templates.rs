//! Templates: kept by name, replaced by name, erased by name.

use rejoinder::store::StoreError;

use crate::fixture::{fixture, minute};

#[tokio::test]
async fn templates_are_listed_by_name_whatever_its_case_and_replaced_in_place() {
    let f = fixture();
    f.store
        .write(|w| {
            w.set_template("terms", "Half of it first.", minute(1))?;
            w.set_template("Call", "When?", minute(2))?;
            w.set_template("terms", "All of it first.", minute(3))
        })
        .await
        .unwrap();
    let all = f.store.read(|r| r.list_templates()).await.unwrap();
    let names: Vec<_> = all.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Call", "terms"]);
    let terms = f.store.read(|r| r.require_template("terms")).await.unwrap();
    assert_eq!(
        (terms.body.as_str(), terms.created_at),
        ("All of it first.", minute(1))
    );
    assert_eq!(
        f.store.read(|r| r.get_template("Terms")).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_template_that_is_not_there_is_told_by_its_name() {
    let f = fixture();
    f.store
        .write(|w| w.set_template("terms", "All of it.", minute(1)))
        .await
        .unwrap();
    f.store.write(|w| w.delete_template("terms")).await.unwrap();
    let again = f.store.write(|w| w.delete_template("terms")).await;
    let error = again.unwrap_err();
    assert!(matches!(error, StoreError::NotNamed { .. }));
    assert_eq!(error.to_string(), "there is no template \"terms\"");
    assert_eq!(f.store.read(|r| r.list_templates()).await.unwrap(), []);
}
