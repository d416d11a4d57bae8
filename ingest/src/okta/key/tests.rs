//! Keys in every form, and what they sign, checked with the public half.

use openssl::rsa::Rsa;
use openssl::sign::Verifier;

use super::*;

fn rsa(bits: u32) -> Rsa<Private> {
    Rsa::generate(bits).unwrap()
}

fn pem(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// The JWK of a key, as Okta shows it.
fn rsa_jwk(key: &Rsa<Private>) -> Value {
    let number = |number: &openssl::bn::BigNumRef| base64url(number.to_vec());
    json!({
        "kty": "RSA", "kid": "of-the-jwk",
        "n": number(key.n()), "e": number(key.e()), "d": number(key.d()),
        "p": number(key.p().unwrap()), "q": number(key.q().unwrap()),
        "dp": number(key.dmp1().unwrap()), "dq": number(key.dmq1().unwrap()),
        "qi": number(key.iqmp().unwrap()),
    })
}

fn part(jwt: &str, index: usize) -> Value {
    let part = jwt.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// Checks the signature of a JWT with OpenSSL alone.
fn verify(key: &SigningKey, jwt: &str) {
    let (text, signature) = jwt.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let signature = match key.algorithm.curve() {
        Some((_, size)) => {
            let size = usize::try_from(size).unwrap();
            assert_eq!(signature.len(), 2 * size);
            let number = |bytes| openssl::bn::BigNum::from_slice(bytes).unwrap();
            let (r, s) = signature.split_at(size);
            let both = EcdsaSig::from_private_components(number(r), number(s)).unwrap();
            both.to_der().unwrap()
        }
        None => signature,
    };
    let public = key.key.public_key_to_pem().unwrap();
    let public = PKey::public_key_from_pem(&public).unwrap();
    let mut verifier = Verifier::new(key.algorithm.digest(), &public).unwrap();
    assert!(
        verifier
            .verify_oneshot(&signature, text.as_bytes())
            .unwrap()
    );
}

#[test]
fn rsa_keys_of_every_form_sign() {
    let key = rsa(2048);
    let whole = PKey::from_rsa(key.clone()).unwrap();
    let jwk = rsa_jwk(&key);
    let pkcs8 = pem(whole.private_key_to_pem_pkcs8().unwrap());
    for text in [
        pem(key.private_key_to_pem().unwrap()),
        format!("\n  {pkcs8}\n"),
        pkcs8.trim().replace('\n', "\\n"),
        jwk.to_string(),
        json!({"keys": [jwk]}).to_string(),
    ] {
        let key = SigningKey::read(&text, None).unwrap();
        let jwt = assertion(&key, "0oa1", "https://acme.okta.com/oauth2/v1/token", 1000).unwrap();
        verify(&key, &jwt);
        assert_eq!(part(&jwt, 0)["alg"], "RS256");
        let claims = part(&jwt, 1);
        assert_eq!(claims["iss"], "0oa1");
        assert_eq!(claims["sub"], "0oa1");
        assert_eq!(claims["aud"], "https://acme.okta.com/oauth2/v1/token");
        assert_eq!(
            (&claims["iat"], &claims["exp"]),
            (&json!(1000), &json!(1300))
        );
    }
}

#[test]
fn a_jwk_says_which_of_the_rsa_ways_and_which_key_id() {
    let key = rsa(2048);
    for algorithm in ["RS256", "RS384", "RS512"] {
        let mut jwk = rsa_jwk(&key);
        jwk["alg"] = json!(algorithm);
        let key = SigningKey::read(&jwk.to_string(), None).unwrap();
        let jwt = assertion(&key, "0oa1", "https://a", 0).unwrap();
        verify(&key, &jwt);
        assert_eq!(
            part(&jwt, 0),
            json!({"alg": algorithm, "kid": "of-the-jwk", "typ": "JWT"})
        );
    }
    let key = SigningKey::read(&rsa_jwk(&key).to_string(), Some("chosen")).unwrap();
    let jwt = assertion(&key, "0oa1", "https://a", 0).unwrap();
    assert_eq!(part(&jwt, 0)["kid"], "chosen");
}

#[test]
fn keys_on_each_curve_sign_as_pem_and_as_jwk() {
    for (nid, curve, algorithm, size) in [
        (Nid::X9_62_PRIME256V1, "P-256", "ES256", 32),
        (Nid::SECP384R1, "P-384", "ES384", 48),
        (Nid::SECP521R1, "P-521", "ES512", 66),
    ] {
        let group = EcGroup::from_curve_name(nid).unwrap();
        let key = EcKey::generate(&group).unwrap();
        let whole = PKey::from_ec_key(key.clone()).unwrap();
        let sec1 = pem(key.private_key_to_pem().unwrap());
        let pkcs8 = pem(whole.private_key_to_pem_pkcs8().unwrap());
        let mut jwk = SigningKey::read(&sec1, None).unwrap().public_jwk().unwrap();
        jwk["d"] = json!(base64url(key.private_key().to_vec_padded(size).unwrap()));
        assert_eq!(jwk["crv"], curve);
        for text in [sec1, pkcs8, jwk.to_string()] {
            let key = SigningKey::read(&text, None).unwrap();
            // A number that begins with zeros has them in a signature, too.
            for _ in 0..20 {
                let jwt = assertion(&key, "0oa1", "https://a", 0).unwrap();
                assert_eq!(part(&jwt, 0)["alg"], algorithm);
                verify(&key, &jwt);
            }
        }
    }
}

#[test]
fn a_proof_holds_the_public_key_and_names_call_nonce_and_token() {
    let key = SigningKey::generate().unwrap();
    let proof = |token, nonce| proof(&key, "GET", "https://a/b", token, nonce, 7).unwrap();
    let jwt = proof(Some("token"), Some("n1"));
    verify(&key, &jwt);
    let header = part(&jwt, 0);
    assert_eq!(
        (&header["typ"], &header["alg"]),
        (&json!("dpop+jwt"), &json!("ES256"))
    );
    assert_eq!(header["jwk"], key.public_jwk().unwrap());
    assert!(header["jwk"].get("d").is_none());
    let claims = part(&jwt, 1);
    assert_eq!(claims["ath"], base64url(Sha256::digest("token")));
    assert_eq!(
        (&claims["htm"], &claims["htu"]),
        (&json!("GET"), &json!("https://a/b"))
    );
    assert_eq!(
        (&claims["nonce"], &claims["iat"]),
        (&json!("n1"), &json!(7))
    );
    let bare = part(&proof(None, None), 1);
    assert!(bare.get("ath").is_none() && bare.get("nonce").is_none());
    assert_ne!(bare["jti"], claims["jti"]);
}

#[test]
fn what_cannot_sign_is_refused_and_says_why() {
    let key = rsa(2048);
    let whole = PKey::from_rsa(key.clone()).unwrap();
    let locked = whole
        .private_key_to_pem_pkcs8_passphrase(openssl::symm::Cipher::aes_256_cbc(), b"passphrase");
    let mut public = rsa_jwk(&key);
    public.as_object_mut().unwrap().remove("d");
    let mut partial = rsa_jwk(&key);
    partial.as_object_mut().unwrap().remove("qi");
    let mut wrong = rsa_jwk(&key);
    wrong["p"] = json!(base64url(rsa(2048).p().unwrap().to_vec()));
    let curve = EcGroup::from_curve_name(Nid::SECP256K1).unwrap();
    let curve = EcKey::generate(&curve)
        .unwrap()
        .private_key_to_pem()
        .unwrap();
    let edwards = PKey::generate_ed25519().unwrap().private_key_to_pem_pkcs8();
    for (text, error) in [
        (String::new(), KeyError::Missing),
        ("not a key".to_owned(), KeyError::Unreadable),
        ("{".to_owned(), KeyError::Unreadable),
        ("{}".to_owned(), KeyError::Public),
        (json!({"keys": []}).to_string(), KeyError::Unreadable),
        (json!({"kty": "oct", "d": "AA"}).to_string(), KeyError::Kind),
        (
            json!({"kty": "RSA", "d": 1}).to_string(),
            KeyError::Member("n"),
        ),
        (pem(locked.unwrap()), KeyError::Locked),
        (pem(whole.public_key_to_pem().unwrap()), KeyError::Public),
        (public.to_string(), KeyError::Public),
        (partial.to_string(), KeyError::Member("qi")),
        (wrong.to_string(), KeyError::Inconsistent),
        (
            pem(rsa(1024).private_key_to_pem().unwrap()),
            KeyError::Short(1024),
        ),
        (pem(curve), KeyError::Kind),
        (pem(edwards.unwrap()), KeyError::Kind),
    ] {
        let found = SigningKey::read(&text, None).err();
        assert_eq!(
            found,
            Some(error),
            "{}",
            text.lines().next().unwrap_or_default()
        );
    }
}

#[test]
fn a_key_is_not_shown() {
    let key = rsa(2048);
    let shown = format!(
        "{:?}",
        SigningKey::read(&rsa_jwk(&key).to_string(), None).unwrap()
    );
    assert_eq!(
        shown,
        "SigningKey { algorithm: Rs256, key_id: Some(\"of-the-jwk\"), .. }"
    );
}
