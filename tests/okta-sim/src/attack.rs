//! Attacks: what each scenario is, and its script.

mod insider;
mod intruder;
mod stage;

use crate::dice::Dice;
use crate::org::Org;
use crate::traffic::SimEvent;
use stage::Stage;

/// An attack on the org. Each takes between half a minute and six minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scenario {
    /// Pushes until the victim gives in.
    MfaFatigue,
    /// One password tried on many accounts.
    PasswordSpray,
    /// A stolen password, a new device abroad, then a foothold that outlives it.
    AccountTakeover,
    /// The service desk is talked into resetting somebody's factors.
    ServiceDeskFraud,
    /// An administrator takes more than was given.
    InsiderAdmin,
    /// An administrator on the way out breaks what can be broken.
    Sabotage,
    /// A program runs the API into its limits.
    RateLimitAbuse,
    /// A stolen session walks through every app.
    AppHarvest,
}

impl Scenario {
    /// Every scenario.
    pub const ALL: [Self; 8] = [
        Self::MfaFatigue,
        Self::PasswordSpray,
        Self::AccountTakeover,
        Self::ServiceDeskFraud,
        Self::InsiderAdmin,
        Self::Sabotage,
        Self::RateLimitAbuse,
        Self::AppHarvest,
    ];

    /// Returns its name for a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::MfaFatigue => "MFA fatigue",
            Self::PasswordSpray => "Password spray",
            Self::AccountTakeover => "Account takeover",
            Self::ServiceDeskFraud => "Service desk fraud",
            Self::InsiderAdmin => "Insider administrator",
            Self::Sabotage => "Sabotage by a leaver",
            Self::RateLimitAbuse => "API abuse",
            Self::AppHarvest => "App harvest",
        }
    }

    /// Returns the scenario of a title, however its words are joined: `mfa_fatigue`.
    pub fn named(name: &str) -> Option<Self> {
        let plain = |text: &str| -> String {
            let letters = text.chars().filter(char::is_ascii_alphanumeric);
            letters.map(|letter| letter.to_ascii_lowercase()).collect()
        };
        let wanted = plain(name);
        Self::ALL
            .into_iter()
            .find(|scenario| plain(scenario.title()) == wanted)
    }

    /// Returns what happens in it, in a sentence or two.
    pub fn description(self) -> &'static str {
        match self {
            Self::MfaFatigue => {
                "Somebody who knows a password sends push after push from abroad; the owner \
                 denies nine of them and approves the tenth."
            }
            Self::PasswordSpray => {
                "One address behind a VPN tries a common password on sixty accounts; two lock, \
                 one opens."
            }
            Self::AccountTakeover => {
                "An administrator's account signs in from a new country on a new device, removes \
                 all factors, enrols its own, and makes an API token to stay."
            }
            Self::ServiceDeskFraud => {
                "A caller talks the service desk into a new password and a reset of all factors \
                 for a colleague, then signs in from elsewhere and enrols a phone."
            }
            Self::InsiderAdmin => {
                "An administrator makes their own account super administrator, weakens a sign-on \
                 policy, makes an API token for any network, and acts as a colleague."
            }
            Self::Sabotage => {
                "An administrator suspends and deactivates two dozen people within minutes, \
                 clears their groups, and switches off apps."
            }
            Self::RateLimitAbuse => {
                "A program with an API token lists users and factors until Okta's rate limits are \
                 violated, again and again."
            }
            Self::AppHarvest => {
                "A stolen session cookie turns up on another network, stumbles over three codes, \
                 and opens every app it can within two minutes."
            }
        }
    }
}

/// Writes the whole of an attack that begins at this instant, in order of time.
pub(crate) fn script(
    scenario: Scenario,
    org: &Org,
    dice: &mut Dice,
    start_ms: i64,
    hurry: u32,
) -> Vec<SimEvent> {
    let mut stage = Stage::new(scenario, org, dice, start_ms, hurry);
    match scenario {
        Scenario::MfaFatigue => intruder::mfa_fatigue(&mut stage),
        Scenario::PasswordSpray => intruder::password_spray(&mut stage),
        Scenario::AccountTakeover => intruder::account_takeover(&mut stage),
        Scenario::ServiceDeskFraud => intruder::service_desk_fraud(&mut stage),
        Scenario::AppHarvest => intruder::app_harvest(&mut stage),
        Scenario::InsiderAdmin => insider::helps_himself(&mut stage),
        Scenario::Sabotage => insider::sabotages(&mut stage),
        Scenario::RateLimitAbuse => insider::abuses_the_api(&mut stage),
    }
    stage.events
}
