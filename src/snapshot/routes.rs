//! `/snapshot`.

use actix_web::HttpResponse;
use actix_web::web::Data;

use crate::App;
use crate::error::Error;
use crate::http::{Answer, ok};

/// `GET /snapshot`
pub async fn show(app: Data<App>) -> Answer<HttpResponse> {
    let mut client = app.pool.get().await.map_err(Error::from)?;
    Ok(ok(&super::capture(&mut client, &[]).await?))
}
