//! Certificates as docs/protocol/certificates.md describes them: COSE_Sign1 over CWT claims.

use super::cbor::{self, Value, bytes, map, text};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

pub const NAME: i64 = -70001;
pub const DEVICE: i64 = -70003;
pub const ENROLMENT_KEYS: i64 = -70005;
pub const RELAY_KEY: i64 = -70007;
const SUB: i64 = 2;
const EXP: i64 = 4;
const IAT: i64 = 6;
const CNF: i64 = 8;
const CLOCK_TOLERANCE_SECONDS: u64 = 24 * 3600;

/// The claims of a certificate that verified.
pub struct Claims(Vec<(Value, Value)>);

impl Claims {
    pub fn get(&self, claim: i64) -> &Value {
        self.0.iter().find(|(key, _)| *key == Value::from(claim)).map(|(_, value)| value).expect("the claim is there")
    }

    pub fn subject(&self) -> String {
        self.get(SUB).as_text().unwrap().to_owned()
    }

    pub fn key(&self) -> VerifyingKey {
        let cose_key = entry(self.get(CNF), 1);
        assert_eq!((entry(cose_key, 1), entry(cose_key, -1)), (&Value::from(1), &Value::from(6)), "OKP, Ed25519");
        public_key(entry(cose_key, -2))
    }

    fn seconds(&self, claim: i64) -> u64 {
        cbor::uint(self.get(claim))
    }
}

fn entry(value: &Value, key: i64) -> &Value {
    value.as_map().unwrap().iter().find(|(at, _)| *at == Value::from(key)).map(|(_, value)| value).unwrap()
}

pub fn public_key(value: &Value) -> VerifyingKey {
    VerifyingKey::from_bytes(value.as_bytes().unwrap()[..].try_into().unwrap()).unwrap()
}

fn to_be_signed(protected: &[u8], kind: &str, payload: &[u8]) -> Vec<u8> {
    let aad = format!("chancery-{kind}");
    cbor::encode(&Value::Array(vec![text("Signature1"), bytes(protected), bytes(aad.as_bytes()), bytes(payload)]))
}

fn protected(kind: &str) -> Vec<u8> {
    let content_type = format!("application/chancery-{kind}+cwt");
    cbor::encode(&map(vec![(1.into(), (-8).into()), (3.into(), text(&content_type))]))
}

/// Signs claims.
pub fn sign(kind: &str, claims: Vec<(Value, Value)>, key: &SigningKey) -> Vec<u8> {
    let (protected, payload) = (protected(kind), cbor::encode(&map(claims)));
    let signature = key.sign(&to_be_signed(&protected, kind, &payload)).to_bytes();
    cbor::encode(&Value::Array(vec![bytes(&protected), map(vec![]), bytes(&payload), bytes(&signature)]))
}

/// Verifies a certificate of this kind.
pub fn open(kind: &str, certificate: &[u8], key: &VerifyingKey) -> Result<Claims, &'static str> {
    let fields = cbor::decode(certificate).into_array().map_err(|_| "no COSE_Sign1")?;
    let [protected, _, payload, signature] = [0, 1, 2, 3].map(|at| &fields[at]);
    let (protected, payload) = (protected.as_bytes().ok_or("no header")?, payload.as_bytes().ok_or("no payload")?);
    let header = cbor::decode(protected);
    if *entry(&header, 1) != (-8).into() || *entry(&header, 3) != text(&format!("application/chancery-{kind}+cwt")) {
        return Err("another kind");
    }
    let signature = signature.as_bytes().and_then(|bytes| Signature::from_slice(bytes).ok()).ok_or("no signature")?;
    key.verify_strict(&to_be_signed(protected, kind, payload), &signature).map_err(|_| "a wrong signature")?;
    cbor::decode(payload).into_map().map(Claims).map_err(|_| "no claims")
}

/// The user certificate and the device certificate, together with the invitation: the credential.
pub fn credential(
    invitation: &[u8],
    user: &str,
    invitation_key: &SigningKey,
    identity: &SigningKey,
    device_key: &SigningKey,
    device: [u8; 16],
    now: u64,
) -> Vec<u8> {
    let cnf = |key: &SigningKey| {
        let public = bytes(key.verifying_key().as_bytes());
        map(vec![(1.into(), map(vec![(1.into(), 1.into()), ((-1).into(), 6.into()), ((-2).into(), public)]))])
    };
    let (sub, iat) = ((SUB.into(), text(user)), (IAT.into(), now.into()));
    let of_user = vec![sub.clone(), iat.clone(), (CNF.into(), cnf(identity))];
    let of_device = vec![
        sub,
        (EXP.into(), (now + 365 * 24 * 3600).into()),
        iat,
        (CNF.into(), cnf(device_key)),
        (NAME.into(), text("independent")),
        (DEVICE.into(), bytes(&device)),
    ];
    let of_user = sign("user", of_user, invitation_key);
    let of_device = sign("device", of_device, identity);
    cbor::encode(&Value::Array(vec![bytes(invitation), bytes(&of_user), bytes(&of_device)]))
}

/// Whose leaf it is: the user and device of a chain that the enrolment keys began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    pub user: String,
    pub device: Vec<u8>,
    pub key: VerifyingKey,
}

/// Verifies a credential; with `now` its device certificate's time, too.
pub fn verify(
    credential: &[u8],
    enrolment_keys: &[VerifyingKey],
    domain: &str,
    now: Option<u64>,
) -> Result<Owner, &'static str> {
    let chain = cbor::decode(credential).into_array().map_err(|_| "no chain")?;
    let [invitation, user, device] = [0, 1, 2].map(|at| chain[at].as_bytes().expect("three certificates"));
    let invitation =
        enrolment_keys.iter().find_map(|key| open("invitation", invitation, key).ok()).ok_or("not enrolled")?;
    let user = open("user", user, &invitation.key())?;
    let device = open("device", device, &user.key())?;
    let name = invitation.subject();
    if user.subject() != name || device.subject() != name || name.split_once('@').is_none_or(|(_, at)| at != domain) {
        return Err("another user");
    }
    let (from, to) = (device.seconds(IAT), device.seconds(EXP));
    if now.is_some_and(|now| now + CLOCK_TOLERANCE_SECONDS < from || now > to + CLOCK_TOLERANCE_SECONDS) {
        return Err("expired");
    }
    Ok(Owner { user: name, device: device.get(DEVICE).as_bytes().unwrap().clone(), key: device.key() })
}
