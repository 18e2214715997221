//! `chancery init`

use super::join::sentence;
use crate::{
    admin::{
        Folder, Invite, KeyKind, Kit, Organisation, config_template, fingerprint_text, invitation, phrase_from_entropy,
        words,
    },
    output::{Failure, Outcome, now_ms, plain, stamp},
    session::{Context, user},
};
use chancery_server::{
    LocalRelay, Settings,
    relay::{Quotas, store},
};
use chancery_wire::{
    Domain,
    api::{Request, enrolment},
    link::{InvitationLink, relay_address, relay_origin},
    signed::{Kind, Manifest, Policy, Signed, root_fingerprint},
    text::{NameProblem, checked_name},
};
use ed25519_dalek::SigningKey;
use jiff::tz::TimeZone;
use rand_core::{OsRng, RngCore};
use serde_json::json;
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};
use url::Url;
use zeroize::Zeroizing;

/// How many days the owner's invitation lasts.
const OWNER_INVITATION_DAYS: u64 = 30;

/// Make an organisation: its keys, its data folder, its owner's invitation
///
/// Makes the root key, which goes encrypted into the recovery kit and nowhere else; the enrolment and the policy key, which
/// go to keys/ in the data folder and can be moved to another machine (see --keys of invite and policy); and the relay's own
/// key. The phrase that opens the kit is shown once.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The organisation's domain, as in alice@example.org; it never changes
    #[arg(long)]
    domain: Domain,
    /// The organisation's name
    #[arg(long)]
    name: String,
    /// The owner's user id: the first one to join
    #[arg(long, value_name = "USER", default_value = "owner")]
    owner: String,
    /// The owner's name [default: the user id's first part]
    #[arg(long, value_name = "NAME")]
    owner_name: Option<String>,
    #[command(flatten)]
    data: crate::admin::DataArgs,
    /// Where to write the recovery kit
    #[arg(long, value_name = "FILE", default_value = "recovery-kit.txt")]
    kit: PathBuf,
    /// The relay's address as people's devices use it, e.g. https://chat.example.org [default: the listen address]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Address and port that the relay listens on [default: 127.0.0.1:8008]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

/// What was made, before it is shown.
struct Made {
    phrase: Zeroizing<String>,
    link: InvitationLink,
    root: [u8; 32],
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let folder = Folder::at(&args.data.data);
    refuse_existing(&folder, &args.kit)?;
    let relay = public_url(&args)?;
    let owner = Invite {
        user: user(&args.owner, &args.domain)?,
        name: args.owner_name.clone().unwrap_or_else(|| args.owner.split('@').next().unwrap_or("owner").to_owned()),
        kind: Kind::Member,
        days: OWNER_INVITATION_DAYS,
    };
    if owner.user.domain() != args.domain {
        return Err(Failure::usage(format!("The owner is a user of {}.", args.domain)));
    }
    let in_words = |whose: &str, problem: NameProblem| Failure::usage(format!("{whose}: {problem}"));
    checked_name(&args.name).map_err(|problem| in_words("The organisation's name", problem))?;
    checked_name(&owner.name).map_err(|problem| in_words("The owner's name", problem))?;
    // Everything is made beside the folder and moved there in one step, so that an interrupted init leaves nothing that
    // looks like an organisation.
    let staging = Staging::make(folder.dir())?;
    let made = make(&args, owner.clone(), &relay, &Folder::at(&staging.path))?;
    // The phrase is shown before the organisation exists: the other way round, an interruption would leave an organisation
    // that nobody can ever recover.
    show(&args, &folder, &made, &owner, context)?;
    staging.become_folder(folder.dir())?;
    move_kit(&folder.kit_file(), &args.kit)?;
    context.out.aside(format!("\nDone. Start the relay with:\n\n  chancery serve{}", data_option(&args.data.data)));
    Ok(())
}

/// The `--data` that the next command needs.
pub(super) fn data_option(data: &Path) -> String {
    if data == Path::new(crate::admin::DEFAULT_DATA_DIR) {
        String::new()
    } else {
        format!(" --data {}", data.display())
    }
}

fn refuse_existing(folder: &Folder, kit: &Path) -> Outcome {
    let shown = folder.dir().display();
    if folder.kit_file().exists() {
        return Err(Failure::new(
            "already_initialised",
            format!(
                "An organisation is in {shown} already, and its recovery kit is still in there: move {} to a safe place.",
                folder.kit_file().display()
            ),
        ));
    }
    if folder.is_initialised() {
        return Err(Failure::new(
            "already_initialised",
            format!(
                "An organisation is in {shown} already; it stays untouched. Start it with `chancery serve`, or name another folder with --data."
            ),
        ));
    }
    if folder.dir().exists() && fs::read_dir(folder.dir()).map_or(true, |mut entries| entries.next().is_some()) {
        return Err(Failure::new(
            "not_empty",
            format!("{shown} exists and isn't an empty folder; name another one with --data."),
        ));
    }
    if kit.exists() {
        return Err(Failure::new(
            "kit_exists",
            format!(
                "{} exists; a recovery kit is never overwritten. Move it away, or name another file with --kit.",
                kit.display()
            ),
        ));
    }
    Ok(())
}

fn public_url(args: &Args) -> Outcome<Url> {
    match (&args.public_url, args.listen) {
        (Some(url), _) => {
            relay_address(url).map_err(|error| Failure::usage(sentence(&format!("--public-url: {error}"))))
        }
        (None, None) => Ok(relay_origin("http://127.0.0.1:8008").expect("the default is an origin")),
        (None, Some(listen)) if listen.ip().is_loopback() => {
            Ok(relay_origin(&format!("http://{listen}")).expect("http on a loopback address is an origin"))
        }
        (None, Some(_)) => Err(Failure::usage("Say with --public-url how people's devices reach the relay.")),
    }
}

/// Makes keys, kit, configuration and the relay's store in the staging folder.
fn make(args: &Args, owner: Invite, relay: &Url, staging: &Folder) -> Outcome<Made> {
    let mut rng = OsRng;
    let now_seconds = now_ms() / 1000;
    let [root, enrolment, policy, external] = std::array::from_fn(|_| SigningKey::generate(&mut rng));
    let root_key = root.verifying_key().to_bytes();
    let manifest = Manifest {
        domain: args.domain.clone(),
        name: args.name.clone(),
        version: 1,
        enrolment_keys: vec![enrolment.verifying_key().to_bytes()],
        policy_keys: vec![policy.verifying_key().to_bytes()],
        relay_key: external.verifying_key().to_bytes(),
        issued_at: now_seconds,
    };
    let manifest = Signed::sign(manifest, &root);
    let first_policy = Signed::sign(Policy::initial(args.domain.clone(), now_seconds), &policy);
    let dir = staging.dir();
    chancery_server::initialise(dir, &external, &root_key, manifest.bytes(), first_policy.bytes())
        .map_err(|fault| Failure::fault("making the relay's store", fault))?;

    let keys_dir = staging.keys_dir();
    private_folder(&keys_dir)?;
    let keys = staging.keys();
    keys.write(KeyKind::Enrolment, &enrolment)?;
    keys.write(KeyKind::Policy, &policy)?;
    let organisation =
        Organisation { domain: args.domain.clone(), name: args.name.clone(), root_key: root_key.to_vec().into() };
    keys.write_organisation(&organisation)?;
    let listen = args.listen.map(|listen| listen.to_string());
    staging.write_config(&config_template(
        listen.as_deref(),
        args.public_url.as_ref().map(|_| relay.as_str().trim_end_matches('/')),
    ))?;

    let mut entropy = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *entropy);
    let phrase = phrase_from_entropy(&entropy);
    let kit = Kit::seal(&args.domain, &root, &phrase, &mut rng)
        .map_err(|error| Failure::fault("making the recovery kit", error))?;
    let day = stamp(now_seconds * 1000, &TimeZone::system());
    staging.write_kit(&kit.to_text(&args.name, &day[..10]))?;

    let (signed, link) = invitation(owner, &enrolment, &root_key, relay, now_seconds, &mut rng)?;
    let invite = Request::Invite { body: enrolment::Invite { invitation: signed.bytes().to_vec().into() } };
    register(dir, external, invite)?;
    sync_folder(&keys_dir)?;
    sync_folder(dir)?;
    Ok(Made { phrase, link, root: root_key })
}

/// Registers the owner's invitation in the store, by the relay's own logic.
fn register(dir: &Path, relay_key: SigningKey, invite: Request) -> Outcome {
    let fault = |fault| Failure::fault("registering the owner's invitation", fault);
    let db = store::open_writer(&dir.join("relay.db")).map_err(fault)?;
    let relay = LocalRelay::open(Settings { relay_key, push: None, quotas: Quotas::default() }, db, Box::new(OsRng))
        .map_err(fault)?;
    match relay.call(now_ms(), None, invite) {
        Ok(_) => Ok(()),
        Err(chancery_server::Failure::Refused(refusal)) => Err(refusal.into()),
        Err(chancery_server::Failure::Fault(error)) => Err(fault(error)),
    }
}

fn show(args: &Args, folder: &Folder, made: &Made, owner: &Invite, context: Context<'_>) -> Outcome {
    let link = made.link.to_text();
    let fingerprint = fingerprint_text(&root_fingerprint(&made.root));
    let value = json!({
        "domain": args.domain, "name": args.name, "data": folder.dir(), "kit": args.kit, "phrase": *made.phrase,
        "root_fingerprint": fingerprint.replace(' ', ""), "owner": owner.user, "invitation": link,
        "invitation_id": made.link.id().to_string(),
    });
    context.out.record(&value, || {
        format!(
            "{} ({})\n\n\
             Root key      {fingerprint}\n\
             Data folder   {}\n\
             Recovery kit  {}\n\n\
             The kit opens with these words. They are shown once and stored nowhere: write them down now, and keep them\n\
             apart from the kit. Without both, lost keys can't be replaced.\n\n{}\n\n\
             keys/enrolment.key (invites people) and keys/policy.key (changes policy) can be kept on another machine than\n\
             the relay's: whoever breaks into the relay then finds neither.\n\n\
             The owner, {} ({}), joins with this link within {OWNER_INVITATION_DAYS} days:\n\n{link}\n",
            plain(&args.name),
            args.domain,
            folder.dir().display(),
            args.kit.display(),
            words(&made.phrase),
            plain(&owner.name),
            owner.user,
        )
    })
}

/// A folder beside the one to be, gone again unless it becomes that one.
struct Staging {
    path: PathBuf,
    done: bool,
}

impl Staging {
    fn make(target: &Path) -> Outcome<Self> {
        let target =
            std::path::absolute(target).map_err(|error| Failure::fault("finding the data folder's place", error))?;
        let name = target
            .file_name()
            .ok_or_else(|| Failure::usage("--data needs a folder's name."))?
            .to_string_lossy()
            .into_owned();
        let parent = target.parent().ok_or_else(|| Failure::usage("--data needs a folder's name."))?;
        fs::create_dir_all(parent).map_err(|error| Failure::fault(&format!("making {}", parent.display()), error))?;
        let path = parent.join(format!(".{name}.init"));
        // Left behind by an init that was cut off; it never became an organisation.
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::fault(
                    &format!("removing what an interrupted init left ({})", path.display()),
                    error,
                ));
            }
            _ => {}
        }
        private_folder(&path)?;
        Ok(Self { path, done: false })
    }

    fn become_folder(mut self, target: &Path) -> Outcome {
        fs::rename(&self.path, target).map_err(|error| {
            Failure::fault(
                &format!(
                    "moving the new organisation to {} (name a folder inside it, if it is a mount point)",
                    target.display()
                ),
                error,
            )
        })?;
        self.done = true;
        target.canonicalize().ok().and_then(|path| path.parent().map(sync_folder)).unwrap_or(Ok(()))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.done {
            // What stays is removed by the next init.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn private_folder(path: &Path) -> Outcome {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| Failure::fault(&format!("making {}", path.display()), error))
}

fn sync_folder(path: &Path) -> Outcome {
    fs::File::open(path)
        .and_then(|dir| dir.sync_all())
        .map_err(|error| Failure::fault(&format!("flushing {}", path.display()), error))
}

/// Moves the kit out of the data folder, also to another file system, and never over an existing file.
fn move_kit(from: &Path, to: &Path) -> Outcome {
    let text = Zeroizing::new(fs::read(from).map_err(|error| Failure::fault("reading the recovery kit", error))?);
    crate::admin::write_new(to, &text, 0o600).map_err(|failure| {
        Failure::new(
            "kit_not_moved",
            format!(
                "The organisation is made, but its recovery kit is still at {}: move it to a safe place. ({})",
                from.display(),
                failure.message
            ),
        )
    })?;
    fs::remove_file(from).map_err(|error| Failure::fault("taking the recovery kit out of the data folder", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_init_leaves_no_organisation_and_does_not_stop_the_next_one() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("data");
        let staging = Staging::make(&target).unwrap();
        fs::write(staging.path.join("half"), b"made").unwrap();
        // As a crash: nothing is cleaned up.
        std::mem::forget(staging);
        assert!(!Folder::at(&target).is_initialised() && dir.path().join(".data.init").exists());
        let staging = Staging::make(&target).unwrap();
        assert!(!staging.path.join("half").exists());
        staging.become_folder(&target).unwrap();
        assert!(target.exists() && !dir.path().join(".data.init").exists());
        drop(Staging::make(&dir.path().join("other")).unwrap());
        assert!(!dir.path().join(".other.init").exists());
    }

    #[test]
    fn the_kit_is_never_moved_over_another_file() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("a"), dir.path().join("b"));
        fs::write(&from, b"new").unwrap();
        fs::write(&to, b"old").unwrap();
        assert_eq!(move_kit(&from, &to).unwrap_err().code, "kit_not_moved");
        assert_eq!((fs::read(&from).unwrap(), fs::read(&to).unwrap()), (b"new".to_vec(), b"old".to_vec()));
        fs::remove_file(&to).unwrap();
        move_kit(&from, &to).unwrap();
        assert!(!from.exists() && fs::read(&to).unwrap() == b"new");
    }
}
