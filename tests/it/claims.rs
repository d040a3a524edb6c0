//! Claims: what they grant.

use serde_json::json;

use crate::support::{TestApp, column, may_not, run};

#[tokio::test]
async fn claimed_columns_can_be_read_and_nothing_else() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, "create table orders (id int, secret text); insert into orders values (1, 'x')")
        .await;
    let reporting = app.stakeholder("reporting").await;
    let client = app.connect_as(&reporting).await;
    may_not(&client, "select id from orders").await;

    app.claim(&reporting, &json!([{ "path": "public.orders", "fields": ["id"] }])).await;
    assert_eq!(column(&client, "select id from orders").await, ["1"]);
    may_not(&client, "select secret from orders").await;
    may_not(&client, "update orders set id = 2").await;

    app.claim(&reporting, &json!([])).await;
    may_not(&client, "select id from orders").await;
}
