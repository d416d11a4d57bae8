//! A hook that has fallen silent is told of within a minute, by the clock on the wall and with the
//! intervals that everybody has.

use std::time::Duration;

use nightlatch_okta_sim::Mishaps;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::okta::{SIGN_IN, World};
use super::system_log::Working;

/// How soon it must be told of, from the first event on that the hook did not bring.
const TOLD: Duration = Duration::from_mins(1);
/// How often somebody signs in, and how often the status is looked at.
const SIGN_INS: Duration = Duration::from_millis(500);
/// What was on its way when the hook was verified has come by then, so that what comes later shows that
/// the hook delivers.
const SETTLED: Duration = Duration::from_secs(12);
const SILENT: &str = "Events stopped arriving by the event hook:";

/// An org in which people sign in all the time.
struct Busy<'w> {
    world: &'w World,
    path: String,
}

impl Busy<'_> {
    /// Goes on until the integration is as it is waited for; none when that takes longer than it may.
    async fn until(&self, longest: Duration, holds: impl Fn(&Value) -> bool) -> Option<Value> {
        let began = Instant::now();
        while began.elapsed() <= longest {
            self.world.org.emit(SIGN_IN).unwrap();
            let shown = self.world.api().get(&self.path).await.body;
            if holds(&shown) {
                return Some(shown);
            }
            sleep(SIGN_INS).await;
        }
        None
    }
}

fn is_connected(shown: &Value) -> bool {
    shown["status"]["state"] == json!("connected")
}

#[tokio::test]
async fn within_a_minute_it_is_told_that_the_hook_brings_nothing_though_the_log_has_events() {
    // Nothing is set but the address: intervals are those of an installation.
    let world = World::with("public_url = \"http://{listener}\"", "").await;
    let path = world.connected().await;
    let working = Working::begin(&world.bench);
    let org = Busy {
        world: &world,
        path,
    };
    let settled = Instant::now() + SETTLED;
    let is_settled = |shown: &Value| {
        assert!(
            is_connected(shown),
            "while all is well: {}",
            shown["status"]
        );
        Instant::now() > settled
    };
    assert!(org.until(SETTLED * 2, is_settled).await.is_some());
    assert!(world.org.delivery_counts().accepted > 0);

    world.org.set_mishaps(Mishaps {
        lost: 1.0,
        ..Mishaps::default()
    });
    let is_told = |shown: &Value| {
        let reason = shown["status"]["reason"].as_str().unwrap();
        shown["status"]["state"] == json!("warning") && reason.starts_with(SILENT)
    };
    let dark = Instant::now();
    let told = org.until(TOLD, is_told).await;
    println!("told after {:?}", dark.elapsed());
    let shown = told.unwrap_or_else(|| panic!("nothing is told within {TOLD:?}"));
    let remedy = shown["status"]["remedy"].as_str().unwrap();
    assert!(
        remedy.starts_with("Check that Okta reaches the hook's address"),
        "{remedy}"
    );
    // Okta itself sees nothing wrong.
    assert_eq!(
        (world.org.delivery_counts().failed, &shown["hook"]["active"]),
        (0, &json!(true))
    );
    assert!(world.org.delivery_counts().lost > 0);

    world.org.set_mishaps(Mishaps::default());
    assert!(
        org.until(TOLD, is_connected).await.is_some(),
        "it is not taken back"
    );
    working.end().await;
}
