//! `demo`: the main job, shown on a Postgres that is thrown away afterwards.

mod narrator;
mod scene;

use std::process::ExitCode;

use super::{Postgres, fail};
use crate::embedded::{self, Cluster};
use narrator::Narrator;
use scene::Scene;

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    postgres: Postgres,
}

/// A step that did not do what it should, or could not be taken.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Tells the story. Exit status 0: each step did what it should; 1: one didn't;
/// 2: there was no Postgres to tell it on.
pub async fn run(options: Options) -> ExitCode {
    let started = Cluster::start(embedded::Options {
        bin_dir: options.postgres.bin_dir(),
        tcp_port: Some(0),
        ..Default::default()
    });
    let cluster = match started.await {
        Ok(cluster) => cluster,
        Err(error) => return fail(&error),
    };
    let mut narrator = Narrator::default();
    let story = tell(&cluster, &mut narrator).await;
    let stopped = cluster.stop().await;
    match (story, stopped) {
        (Ok(()), Ok(())) => {
            narrator.say("Every step did what it should. The Postgres of this demo is gone again.");
            ExitCode::SUCCESS
        }
        (Ok(()), Err(error)) => fail(&error),
        (Err(failure), _) => {
            narrator.say(&format!("This is not what should have happened: {failure}"));
            ExitCode::FAILURE
        }
    }
}

async fn tell(cluster: &Cluster, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.say(
        "A shop has a database. Its application `app` owns the table public.orders and \
         migrates it. A second application, `reporting`, is to read orders directly.",
    );
    let mut scene = Scene::set(cluster).await?;

    narrator.step("The first user is made; from now on every request needs a token.");
    scene.make_root_user(narrator).await?;

    narrator.step(
        "`reporting` becomes a stakeholder: a Postgres role, a schema, and credentials shown once.",
    );
    scene.make_stakeholder(narrator).await?;

    narrator.step("With them it connects to Postgres directly. It has a schema to itself, and sees nothing of `app`'s.");
    scene.refuse_before_claims(narrator).await?;

    narrator.step("It claims what it depends on. The same declaration grants it exactly that.");
    scene.claim(narrator).await?;
    scene.read_claimed(narrator).await?;
    scene.refuse_unclaimed(narrator).await?;

    narrator
        .step("`app` migrates: `product_id` is to become `product_uuid`. Nobody told `reporting`.");
    scene.break_claims(narrator).await?;

    narrator.step("So they talk. `reporting` learns to read either column, and says so.");
    scene.claim_alternative(narrator).await?;

    narrator.step("The same migration now passes, and the grants follow at its COMMIT.");
    scene.evolve(narrator).await?;
    scene.read_evolved(narrator).await?;

    narrator.step("What nobody claims is free to change.");
    scene.change_unclaimed(narrator).await?;

    narrator.step(
        "`reporting` wants to hear when an order changes, and says so. It is told what it \
         claims, by websocket, webhook, Redis, or here a stream of server-sent events.",
    );
    scene.listen(narrator).await?;
    scene.hear(narrator).await?;
    scene.close().await
}
