use chancery_mls::testkit::TestOrg;
use chancery_wire::signed::{
    Credential, DeviceCertificate, Invitation, Manifest, Policy, Signed, Statement, Unverified, UserCertificate,
};
use ed25519_dalek::SigningKey;
use std::{fmt::Debug, sync::LazyLock};

static MANIFEST: LazyLock<Manifest> = LazyLock::new(|| TestOrg::new("example.org").manifest());

pub fn run(bytes: &[u8]) {
    statement::<Manifest>(bytes);
    statement::<Policy>(bytes);
    statement::<Invitation>(bytes);
    statement::<UserCertificate>(bytes);
    statement::<DeviceCertificate>(bytes);
    if let Ok(credential) = Credential::from_slice(bytes) {
        let _ = credential.verify(&MANIFEST, None);
        let _ = credential.verify(&MANIFEST, Some(2_500_000_000));
        let again = Credential::from_slice(&credential.to_vec());
        assert_eq!(again.map(|credential| credential.to_vec()), Ok(credential.to_vec()));
    }
}

fn statement<T: Statement + Clone + PartialEq + Debug>(bytes: &[u8]) {
    if let Ok(unverified) = Unverified::<T>::parse(bytes) {
        let key = SigningKey::from_bytes(&[7; 32]);
        let statement = unverified.peek().clone();
        let signed = Signed::sign(statement.clone(), &key);
        let read = Signed::<T>::verify(signed.bytes(), key.verifying_key().as_bytes());
        assert_eq!(*read.expect("what was read can be signed and read again"), statement);
        assert!(unverified.verify(&[0; 32]).is_err(), "no key signs everything");
    }
}
