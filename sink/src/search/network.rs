//! Addresses of clients, as they are stored, compared and searched for: IPv4 in its IPv6 form.

use std::net::IpAddr;

/// A network whose addresses share fewer hexadecimal digits is not looked for in the index.
const LEAST_DIGITS: u32 = 2;
/// Digits that all IPv4 addresses share.
const V4_DIGITS: u32 = 24;

/// A range of addresses, in the form in which they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    pub(crate) first: [u8; 16],
    pub(crate) last: [u8; 16],
}

impl Network {
    /// Reads an address or a CIDR range; bits below the prefix may be set.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let (width, offset) = if address.is_ipv4() {
            (32, 96)
        } else {
            (128, 0)
        };
        let length: u32 = match length {
            // `+8` and `08` are no prefix lengths.
            Some(digits) if digits.len() > 1 && !digits.starts_with(|c| matches!(c, '1'..='9')) => {
                return None;
            }
            Some(digits) => digits.parse().ok().filter(|length| *length <= width)?,
            None => width,
        };
        let hosts = u128::MAX.checked_shr(length + offset).unwrap_or(0);
        let bits = u128::from_be_bytes(ip_bytes(address));
        Some(Self {
            first: (bits & !hosts).to_be_bytes(),
            last: (bits | hosts).to_be_bytes(),
        })
    }

    /// Returns the beginnings of the hexadecimal digits of its addresses; none when it is so wide
    /// that the index is of no use.
    pub(crate) fn beginnings(&self) -> Option<Vec<String>> {
        let (first, last) = (
            u128::from_be_bytes(self.first),
            u128::from_be_bytes(self.last),
        );
        let shared = (first ^ last).leading_zeros() / 4;
        let digits = ip_digits(self.first);
        let (common, rest) = digits.split_at_checked(usize::try_from(shared).ok()?)?;
        if rest.is_empty() {
            return Some(vec![digits]);
        }
        let is_wide = |shared| shared < LEAST_DIGITS;
        if is_wide(shared) || shared >= V4_DIGITS && is_wide(shared - V4_DIGITS) {
            return None;
        }
        let next = |bits: u128| (bits >> (124 - 4 * shared)) & 0xf;
        match (next(first), next(last)) {
            (0, 0xf) => Some(vec![common.to_owned()]),
            (from, to) => Some(
                (from..=to)
                    .map(|next| format!("{common}{next:x}"))
                    .collect(),
            ),
        }
    }
}

/// Returns an address as it is stored and compared.
pub(crate) fn ip_bytes(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    }
}

/// Returns the text of an address as keys have it: all of its hexadecimal digits.
pub(crate) fn ip_digits(ip: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(network: &str, address: &str) -> bool {
        let network = Network::parse(network).unwrap();
        let address = ip_bytes(address.parse().unwrap());
        network.first <= address && address <= network.last
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        assert!(holds("203.0.113.7", "203.0.113.7"));
        assert!(!holds("203.0.113.7", "203.0.113.8"));
        assert!(holds("203.0.113.77/24", "203.0.113.255"));
        assert!(!holds("203.0.113.0/24", "203.0.114.0"));
        assert!(holds("0.0.0.0/0", "255.255.255.255"));
        assert!(!holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(!holds("2001:db8::/32", "2001:db9::"));
        assert!(holds("::/0", "2001:db8::1"));
        assert!(holds("::ffff:203.0.113.7", "203.0.113.7"));
    }

    #[test]
    fn a_network_is_looked_for_by_the_beginnings_of_its_addresses() {
        let beginnings = |text: &str| Network::parse(text).unwrap().beginnings();
        let v4 = |digits: &str| format!("00000000000000000000ffff{digits}");
        assert_eq!(beginnings("203.0.113.7"), Some(vec![v4("cb007107")]));
        assert_eq!(beginnings("203.0.113.0/24"), Some(vec![v4("cb0071")]));
        assert_eq!(
            beginnings("203.0.113.128/26"),
            Some(
                ["8", "9", "a", "b"]
                    .map(|it| v4(&format!("cb0071{it}")))
                    .to_vec()
            )
        );
        assert_eq!(beginnings("10.0.0.0/8"), Some(vec![v4("0a")]));
        assert_eq!(beginnings("10.0.0.0/7"), None);
        assert_eq!(beginnings("0.0.0.0/0"), None);
        assert_eq!(beginnings("2001:db8::/33").unwrap().len(), 8);
        assert_eq!(beginnings("::/0"), None);
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "300.1.1.1",
            "1.2.3.4/33",
            "1.2.3.4/",
            "1.2.3.4/+8",
            "1.2.3.4/08",
            "::/129",
            "x/8",
        ] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
