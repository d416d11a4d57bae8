//! A limit of the org that others use, too: we take less of it, and nobody is refused because of us.

use std::time::Duration;

use nightlatch_ingest::okta::LogRequest;
use nightlatch_okta_sim::{Endpoint, LimitOptions, Options};

use super::okta::{SIGN_IN, World, options, until, until_within};
use super::system_log::{OFTEN, POLICY, Working, is_whole, now_ms};

/// Calls of the System Log that the org allows in a minute, to everybody together.
const LIMIT: u32 = 120;
/// Of these others make so many.
const OTHERS: u32 = 30;
/// Half of the limit is for us, of which a twentieth of the limit is spare; what others use counts as ours.
const OURS: u32 = LIMIT / 2 - LIMIT / 20 - OTHERS;
/// A window of the limit, and time to read what has come meanwhile.
const WINDOW: Duration = Duration::from_secs(90);

/// An org of whose limit one client may use all.
async fn world() -> World {
    let limits = LimitOptions {
        logs: LIMIT,
        client_share: 1.0,
        ..LimitOptions::default()
    };
    let org = Options {
        limits,
        ..options()
    };
    World::of(org, OFTEN, "", false).await
}

/// The most calls that a client has made in a window: we are an app, others have a token.
fn most_calls(world: &World, kind: &str) -> u32 {
    let peaks = world.org.peaks().into_iter();
    let of_kind =
        peaks.filter(|peak| peak.endpoint == Endpoint::Logs && peak.client.starts_with(kind));
    of_kind.map(|peak| peak.used).max().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_use_of_the_limit_is_left_to_them_and_nothing_is_missed() {
    let world = world().await;
    world.connected().await;
    let since = now_ms();
    let others = world.administrator();
    for _ in 0..OTHERS {
        let request = LogRequest::Since {
            since: jiff::Timestamp::now(),
            filter: None,
            limit: 1,
        };
        others.system_log(&request).await.unwrap();
    }
    assert_eq!(most_calls(&world, "token:"), OTHERS);

    let working = Working::begin(&world.bench);
    let used_up = || async { most_calls(&world, "app:") >= OURS };
    until("our part is used up", used_up).await;
    for event in [SIGN_IN, POLICY] {
        world.org.emit(event).unwrap();
    }
    until_within(WINDOW, "a whole log", || is_whole(&world, since)).await;
    working.end().await;

    assert_eq!(most_calls(&world, "app:"), OURS);
    assert_eq!(world.org.request_count(Endpoint::Logs, 429), 0);
    assert_eq!(
        world.org.limit_notices(),
        [],
        "what Okta has logged of calls"
    );
}
