//! When a token is asked for anew.

use super::*;

fn given(ago: Duration, granted: Granted) -> Token {
    let now = Instant::now();
    Token {
        text: Secret::new("token"),
        scheme: "Bearer",
        granted,
        given: now - ago,
        renewed: now + AHEAD,
        ends: now + AHEAD,
    }
}

#[test]
fn a_missing_scope_is_asked_for_again_after_ten_minutes_at_the_earliest() {
    let missing = Problem::MissingScope {
        scope: "okta.logs.read".to_owned(),
    };
    let scopes = || Granted::Scopes(BTreeSet::new());
    for (minutes, is_outdated) in [(0, false), (2, false), (9, false), (11, true)] {
        let token = given(Duration::from_mins(minutes), scopes());
        let found = token.may_be_outdated(&missing);
        assert_eq!(found, is_outdated, "after {minutes} minutes");
        assert!(token.may_be_outdated(&Problem::InvalidToken));
    }
    let api_token = given(Duration::from_hours(1), Granted::RoleOfAdministrator);
    assert!(!api_token.may_be_outdated(&missing));
}
