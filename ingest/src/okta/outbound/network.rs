//! Which addresses are on the internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 networks where no public server is (IANA's special-purpose registry), as address and length
/// of the prefix.
const NOT_PUBLIC_V4: [([u8; 4], u32); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    // Metadata of clouds is here, too; that of Azure is below.
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
    ([168, 63, 129, 16], 32),
];
/// All that is public so far in IPv6.
const GLOBAL: (u128, u32) = (0x2000 << 112, 3);
/// In there, what is not: Teredo and other protocols, documentation, 6to4, documentation.
const NOT_PUBLIC_V6: [(u128, u32); 4] = [
    (0x2001 << 112, 23),
    (0x2001_0db8 << 96, 32),
    (0x2002 << 112, 16),
    (0x3fff << 112, 20),
];
/// Where a network without IPv4 puts its addresses (RFC 6052).
const NAT64: (u128, u32) = (0x0064_ff9b << 96, 96);

/// Whether an address is that of a public server.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    let is_in = |(network, length): &([u8; 4], u32)| {
        let network = u32::from_be_bytes(*network);
        (bits ^ network).leading_zeros() >= *length
    };
    !NOT_PUBLIC_V4.iter().any(is_in)
}

/// Addresses that hold one of IPv4, such as `::ffff:10.0.0.1`, are outside of what is public, but for
/// those of NAT64.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = u128::from(address);
    let is_in = |(network, length): &(u128, u32)| (bits ^ network).leading_zeros() >= *length;
    if is_in(&NAT64) {
        let [.., a, b, c, d] = address.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    is_in(&GLOBAL) && !NOT_PUBLIC_V6.iter().any(is_in)
}

#[cfg(test)]
mod tests;
