//! The limits of guessing: how often somebody may try to log in.
//!
//! Attempts are counted in Postgres, so that a second instance gives no second chance,
//! and before the password is looked at, so that many at once are no way around. What
//! turns out right is taken back.

use std::net::{IpAddr, Ipv6Addr};

use deadpool_postgres::GenericClient;
use sha2::{Digest, Sha256};

use crate::App;
use crate::error::{Error, Result};

/// How long attempts count, in seconds, from the first on.
const WINDOW: f64 = 900.0;

/// How many attempts an account has from one address. Few, since only its owner and
/// whoever guesses is behind them.
const FROM_ADDRESS: i32 = 10;

/// How many an account has from everywhere. So many that a single address can't lock
/// its owner out, and few enough for whoever has many addresses.
const OF_ACCOUNT: i32 = 100;

/// How many an address has, whatever the accounts: behind one may be a whole office.
const OF_ADDRESS: i32 = 100;

/// Somebody who tries to log in.
#[derive(Debug)]
pub struct Attempt([(Vec<u8>, i32); 3]);

impl Attempt {
    /// An attempt on an account, from an address.
    pub fn new(username: &str, address: IpAddr) -> Self {
        // Names are ASCII, and what isn't names nobody, however a locale of Postgres folds it.
        let account =
            if username.is_ascii() { username.to_ascii_lowercase() } else { String::new() };
        let origin = network(address).to_string();
        Self([
            (subject(&["address", &origin]), OF_ADDRESS),
            (subject(&["account", &account]), OF_ACCOUNT),
            (subject(&["both", &account, &origin]), FROM_ADDRESS),
        ])
    }

    /// Counts it, or refuses it. What is refused doesn't count towards the other limits, and
    /// leaves nothing: whoever is refused may go on for ever, under ever new names.
    pub async fn begin(&self, client: &impl GenericClient) -> Result<()> {
        if let Some(seconds) = self.wait(client).await? {
            return Err(Error::TooMany { seconds });
        }
        // Others may be at it at once, so what counts is the count.
        for (position, (subject, most)) in self.0.iter().enumerate() {
            let wait = count(client, subject, *most).await?;
            if let Some(seconds) = wait {
                for (counted, _) in &self.0[..position] {
                    take_back(client, counted).await?;
                }
                return Err(Error::TooMany { seconds });
            }
        }
        Ok(())
    }

    /// For how many seconds there are no more, if one of the limits is reached.
    async fn wait(&self, client: &impl GenericClient) -> Result<Option<u64>> {
        let (subjects, most): (Vec<&[u8]>, Vec<i32>) =
            self.0.iter().map(|(subject, most)| (subject.as_slice(), *most)).unzip();
        let row = client
            .query_one(
                "select max(ceil(extract(epoch from a.since - now()) + $3::double precision))::bigint
                 from unnest($1::bytea[], $2::integer[]) l (subject, most)
                 join integratedb.login_attempts a using (subject)
                 where a.attempts >= l.most and a.since >= now() - make_interval(secs => $3)",
                &[/* subjects */ &subjects, /* most */ &most, /* window */ &WINDOW],
            )
            .await?;
        Ok(row.get::<_, Option<i64>>(0).map(seconds))
    }

    /// Takes it back: it was right.
    pub async fn succeed(&self, client: &impl GenericClient) -> Result<()> {
        let [(address, _), (account, _), (both, _)] = &self.0;
        client
            .execute(
                "delete from integratedb.login_attempts where subject = $1",
                &[/* subject */ both],
            )
            .await?;
        take_back(client, account).await?;
        take_back(client, address).await
    }
}

/// Counts an attempt; answers for how many seconds there are no more, if so.
async fn count(client: &impl GenericClient, subject: &[u8], most: i32) -> Result<Option<u64>> {
    let row = client
        .query_one(
            "insert into integratedb.login_attempts as a (subject, attempts) values ($1, 1)
             on conflict on constraint login_attempts_pkey do update set
               attempts = case when a.since < now() - make_interval(secs => $3) then 1
                               else least(a.attempts, $2) + 1 end,
               since = case when a.since < now() - make_interval(secs => $3) then now()
                            else a.since end
             returning attempts > $2,
                       ceil(extract(epoch from since - now()) + $3)::bigint",
            &[/* subject */ &subject, /* most */ &most, /* window */ &WINDOW],
        )
        .await?;
    let (is_over, seconds): (bool, i64) = (row.get(0), row.get(1));
    Ok(is_over.then(|| self::seconds(seconds)))
}

fn seconds(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(1).max(1)
}

async fn take_back(client: &impl GenericClient, subject: &[u8]) -> Result<()> {
    client
        .execute(
            "update integratedb.login_attempts set attempts = attempts - 1
             where subject = $1 and attempts > 0",
            &[/* subject */ &subject],
        )
        .await?;
    Ok(())
}

/// Forgets attempts that count no more; answers how many.
pub async fn forget(app: &App) -> Result<u64> {
    let sql = "delete from integratedb.login_attempts
               where since < now() - make_interval(secs => $1)";
    Ok(app.pool.get().await?.execute(sql, &[/* window */ &WINDOW]).await?)
}

/// What one client has: an address of version 4, or the /64 of version 6 that is the
/// least a customer gets.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let prefix = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(prefix))
        }
        address @ IpAddr::V4(_) => address,
    }
}

fn subject(parts: &[&str]) -> Vec<u8> {
    Sha256::digest(parts.join("\0").as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_one_address_or_one_network_of_version_6() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("203.0.113.7"), "203.0.113.7");
        assert_eq!(of("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::9"));
        assert_ne!(of("2001:db8:1:2::9"), of("2001:db8:1:3::9"));
    }
}
