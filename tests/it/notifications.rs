//! What applications hear of, from the document to the channel.

use serde_json::json;

use crate::audience::Audience;
use crate::support::all_told;

#[tokio::test]
async fn changes_arrive_in_order_with_what_the_claims_let_be_read() {
    let orders =
        "create table orders (id bigint primary key, status text, quantity integer, secret text)";
    let a = Audience::after(orders).await;
    let fields = json!(["id", "status", "quantity"]);
    a.claim(json!([{ "path": "public.orders", "fields": fields }])).await;
    a.listen(
        json!([{ "path": "public.orders", "fields": ["*"], "events": ["*"], "channels": ["*"] }]),
    )
    .await;
    a.run("insert into orders values (1, 'new', 3, 'hidden')").await;
    a.run("update orders set status = 'paid' where id = 1").await;
    a.run("delete from orders").await;
    a.run("truncate orders").await;

    let events = a.heard.until(4).await;
    let kinds = ["insert", "update", "delete", "truncate"];
    assert_eq!(all_told(&events), kinds.map(|kind| format!("{kind} public.orders")));
    let insert = &events[0];
    assert_eq!(insert["data"]["new"], json!({ "id": 1, "status": "new", "quantity": 3 }));
    assert_eq!(insert["data"]["key"], json!({ "id": 1 }));
    assert_eq!(events[1]["data"]["new"]["status"], "paid");
    assert_eq!(events[2]["data"]["old"], json!({ "id": 1 }));
    assert!(!events.iter().any(|event| event.to_string().contains("hidden")));
}
