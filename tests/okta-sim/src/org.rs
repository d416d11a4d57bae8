//! Who works in the org and what is in it: people, apps, groups, administrators.

pub(crate) mod equipment;
pub(crate) mod people;
pub(crate) mod place;

use std::collections::BTreeSet;

use rand::{RngExt, SeedableRng};

use crate::dice::{Dice, hex, okta_id, pick};
use crate::log_event::{Device, Entity};
use equipment::{Browser, COMPUTERS, Fingerprints, PHONES};
use people::{APPS, DEPARTMENTS, FAMILY, GIVEN, GROUPS, SignOn};
use place::{City, HOMES};

/// How many people the org has.
const PEOPLE: usize = 200;

/// A company with an Okta org: about 200 people with homes and devices, groups, apps, admins.
///
/// The same seed and domain give the same org.
#[derive(Debug, Clone)]
pub struct Org {
    pub(crate) domain: String,
    pub(crate) users: Vec<User>,
    pub(crate) groups: Vec<Entity>,
    pub(crate) apps: Vec<App>,
    /// Indices of the users who administer Okta.
    pub(crate) admins: Vec<usize>,
}

/// Somebody who works here.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) entity: Entity,
    pub(crate) department: usize,
    pub(crate) phone: String,
    pub(crate) factor: Factor,
    pub(crate) computer: Origin,
    pub(crate) mobile: Origin,
    /// Indices of the apps that are assigned to the user.
    pub(crate) apps: Vec<usize>,
}

/// An app of the org.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) instance: Entity,
    pub(crate) name: &'static str,
    pub(crate) sign_on: SignOn,
}

/// A second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Factor {
    Push,
    FastPass,
    Totp,
    WebAuthn,
    Sms,
}

impl Factor {
    /// Returns the text of `debugData.factor`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Push => "OKTA_VERIFY_PUSH",
            Self::FastPass => "SIGNED_NONCE",
            Self::Totp => "SOFT_TOKEN",
            Self::WebAuthn => "FIDO_WEBAUTHN",
            Self::Sms => "SMS_FACTOR",
        }
    }

    /// Returns the authenticator's name as targets show it.
    pub(crate) fn authenticator(self) -> &'static str {
        match self {
            Self::Push | Self::FastPass => "Okta Verify",
            Self::Totp => "Google Authenticator",
            Self::WebAuthn => "Security Key or Biometric",
            Self::Sms => "Phone",
        }
    }
}

/// Where requests come from: a browser, in a place, behind an address.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) ip: String,
    pub(crate) city: &'static City,
    pub(crate) browser: &'static Browser,
    pub(crate) device: Option<Device>,
    pub(crate) zone: &'static str,
    pub(crate) prints: Fingerprints,
}

impl Org {
    /// Makes up the org of this seed; `domain` is the host of the org, such as `acme.okta.com`.
    pub fn new(seed: u64, domain: &str) -> Self {
        let mut dice = Dice::seed_from_u64(seed);
        let mail = format!("{}.example", domain.split('.').next().unwrap_or(domain));
        let apps = APPS.iter().map(|app| new_app(&mut dice, *app)).collect();
        let groups = GROUPS
            .iter()
            .copied()
            .chain(DEPARTMENTS.iter().map(|department| department.name))
            .map(|name| new_group(&mut dice, name))
            .collect();
        let mut logins = BTreeSet::new();
        let users: Vec<User> = (0..PEOPLE)
            .map(|number| new_user(&mut dice, number, &mail, &mut logins))
            .collect();
        let admins = (0..PEOPLE)
            .filter(|&number| users[number].department == 0)
            .collect();
        Self {
            domain: domain.to_owned(),
            users,
            groups,
            apps,
            admins,
        }
    }
}

fn new_app(dice: &mut Dice, (label, name, sign_on): (&'static str, &'static str, SignOn)) -> App {
    App {
        instance: Entity::new(&okta_id(dice, "0oa"), "AppInstance", label, label),
        name,
        sign_on,
    }
}

fn new_group(dice: &mut Dice, name: &str) -> Entity {
    Entity::new(&okta_id(dice, "00g"), "UserGroup", "unknown", name)
}

fn new_user(dice: &mut Dice, number: usize, mail: &str, logins: &mut BTreeSet<String>) -> User {
    let (name, login) = new_name(dice, mail, logins);
    let department = department_of(number);
    let mut apps: Vec<usize> = (0..4)
        .chain(DEPARTMENTS[department].apps.iter().copied())
        .collect();
    apps.retain(|_| dice.random_bool(0.95));
    if apps.is_empty() {
        apps.push(0);
    }
    let city = pick(dice, &HOMES);
    let factor = match dice.random_range(0..100) {
        0..45 => Factor::Push,
        45..70 => Factor::FastPass,
        70..84 => Factor::Totp,
        84..94 => Factor::WebAuthn,
        _ => Factor::Sms,
    };
    User {
        entity: Entity::new(&okta_id(dice, "00u"), "User", &login, &name),
        department,
        phone: format!("+1 XXX-XXX-{:04}", dice.random_range(0..10_000)),
        factor,
        computer: Origin::computer(dice, city, number),
        mobile: Origin::mobile(dice, city),
        apps,
    }
}

fn new_name(dice: &mut Dice, mail: &str, logins: &mut BTreeSet<String>) -> (String, String) {
    // 1,600 combinations for 200 people: a free one is soon found.
    loop {
        let (given, given_ascii) = pick(dice, &GIVEN);
        let (family, family_ascii) = pick(dice, &FAMILY);
        let login = format!("{given_ascii}.{family_ascii}@{mail}");
        if logins.insert(login.clone()) {
            return (format!("{given} {family}"), login);
        }
    }
}

/// Spreads people over the departments by their shares, the same way for every seed.
fn department_of(number: usize) -> usize {
    let mut percentile = number * 100 / PEOPLE;
    for (index, department) in DEPARTMENTS.iter().enumerate() {
        if percentile < department.share {
            return index;
        }
        percentile -= department.share;
    }
    DEPARTMENTS.len() - 1
}

impl Origin {
    /// A managed computer at home.
    fn computer(dice: &mut Dice, city: &'static City, number: usize) -> Self {
        let browser = pick(dice, &COMPUTERS);
        let device = dice
            .random_bool(0.9)
            .then(|| equipment::device(dice, browser, true));
        Self {
            ip: format!("192.0.2.{}", number + 1),
            city,
            browser,
            device,
            zone: "null",
            prints: Fingerprints::new(dice),
        }
    }

    /// A private phone on a mobile network.
    fn mobile(dice: &mut Dice, city: &'static City) -> Self {
        let browser = pick(dice, &PHONES);
        Self {
            ip: format!(
                "2001:db8:{}:{}::{}",
                hex(dice, 4),
                hex(dice, 4),
                hex(dice, 3)
            ),
            city,
            browser,
            device: Some(equipment::device(dice, browser, false)),
            zone: "null",
            prints: Fingerprints::new(dice),
        }
    }

    /// The same browser in the office of the same city.
    pub(crate) fn in_office(&self) -> Self {
        let office = HOMES
            .iter()
            .position(|city| std::ptr::eq(city, self.city))
            .unwrap_or(0);
        Self {
            ip: format!("198.51.100.{}", office + 1),
            zone: "Offices",
            ..self.clone()
        }
    }

    /// The same browser on a journey.
    pub(crate) fn travelling(&self, dice: &mut Dice) -> Self {
        let ip = format!("198.51.100.{}", dice.random_range(100..250));
        let away: Vec<&City> = HOMES
            .iter()
            .filter(|city| city.name != self.city.name)
            .collect();
        Self {
            ip,
            city: *pick(dice, &away),
            ..self.clone()
        }
    }

    /// A browser that the org has never seen, anywhere.
    pub(crate) fn stranger(
        dice: &mut Dice,
        city: &'static City,
        browser: &'static Browser,
    ) -> Self {
        Self {
            ip: format!("203.0.113.{}", dice.random_range(1..255)),
            city,
            browser,
            device: None,
            zone: "null",
            prints: Fingerprints::new(dice),
        }
    }
}
