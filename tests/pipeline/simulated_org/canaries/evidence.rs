//! What lets us in at Okta for a while, exactly as the org has issued it or was shown it: access tokens,
//! assertions, proofs.

use nightlatch_okta_sim::{EvidenceKind, Simulator};

/// So much of a signature is looked for: whoever shows more shows this, and what stands before it is
/// of no use without.
const LENGTH: usize = 48;

/// The signatures of all that lets us in, each with a name. Panics when of a kind there is none.
pub(super) fn evidence(org: &Simulator) -> Vec<(String, Vec<u8>)> {
    let evidence = org.evidence();
    for kind in [
        EvidenceKind::AccessToken,
        EvidenceKind::ClientAssertion,
        EvidenceKind::Proof,
    ] {
        let is_there = evidence.iter().any(|one| one.kind == kind);
        assert!(is_there, "the org has seen no {kind:?}");
    }
    let signed = evidence.iter().map(|one| {
        let (_, signature) = one.text.rsplit_once('.').unwrap();
        (
            format!("{:?}", one.kind),
            signature.get(..LENGTH).unwrap().into(),
        )
    });
    signed.collect()
}
