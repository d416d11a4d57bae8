//! A process that panics in the middle of its work shows no secret, though the message of the panic has
//! all that is known of the connection in it.

use super::logs_of_a_search;

/// Each page of the System Log ends in a panic that shows who reads it.
const BUG: (&str, &str) = ("NIGHTLATCH_SEEDED_BUG", "panic-with-all");
/// Each mode of credentials is used for several pages.
const PANICS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn seeded_panics_that_show_all_show_no_secret() {
    let logs = logs_of_a_search(&[BUG]).await;
    let panics = logs.matches("the System Log is read with").count();
    assert!(panics >= PANICS, "{panics} panics");
    // What was printed are the very structures that hold secrets.
    for shown in [
        "Tokens {",
        "ClientKey {",
        "ApiToken(",
        "ClientSecret {",
        "HookSecret {",
    ] {
        assert!(logs.contains(shown), "no panic shows {shown}");
    }
}
