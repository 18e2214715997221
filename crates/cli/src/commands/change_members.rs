//! Changes that name several people: whoever can be dealt with is, the others are named with the reason.

use crate::{
    output::{Failure, Outcome, plain},
    session::{Context, Session},
};
use chancery_core::{Command, query};
use chancery_wire::{GroupId, UserId};
use serde_json::json;
use std::collections::BTreeSet;

/// What becomes of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Add,
    Remove,
}

/// Changes who is in a group, and says whom it was done for by looking who is in it afterwards.
pub(super) async fn change(
    context: Context<'_>,
    session: &Session,
    group: GroupId,
    texts: &[String],
    change: Change,
) -> Outcome {
    let before = members(session, &group).await?;
    let me = session.account().user.clone();
    let (users, mut failed) = sort(texts, |text| session.user(text), |user| objection(user, &me, &before, change));
    if users.is_empty() {
        return Failure::of_several(failed, false);
    }
    let wanted = users.clone();
    let asked = match change {
        Change::Add => Command::AddUsers { group: group.clone(), users },
        Change::Remove => Command::RemoveUsers { group: group.clone(), users },
    };
    session.command(asked).await?;
    let finished = session.finish().await;
    let queued = super::is_queued(session, &finished).unwrap_or(false);
    let after = members(session, &group).await?;
    let done: Vec<UserId> = wanted.into_iter().filter(|user| after.contains(user) == (change == Change::Add)).collect();
    let (name, verb) = match change {
        Change::Add => ("add", "Added"),
        Change::Remove => ("remove", "Removed"),
    };
    if queued || !done.is_empty() {
        let line = json!({ "done": name, "group": group, "queued": queued, "users": done });
        context.out.record(&line, || match queued {
            true => "Queued.".to_owned(),
            false => format!("{verb} {}.", done.iter().map(UserId::as_str).collect::<Vec<_>>().join(", ")),
        })?;
    }
    match finished {
        Err(failure) if queued => {
            // What stays queued is told by the exit code; who can't be dealt with at all is named, too.
            failed.push(failure);
            let exit = failed.last().expect("just pushed").exit;
            return Failure::of_several(failed, false).map_err(|all| Failure { exit, ..all });
        }
        Err(failure) => failed.push(failure),
        Ok(()) => {}
    }
    Failure::of_several(failed, queued || !done.is_empty())
}

async fn members(session: &Session, group: &GroupId) -> Outcome<BTreeSet<UserId>> {
    let group = group.clone();
    let members = session.query(move |tx| query::members(tx, &group)).await?;
    Ok(members.into_iter().map(|member| member.user).collect())
}

/// Why nothing is to be done for somebody, if so.
fn objection(user: &UserId, me: &UserId, members: &BTreeSet<UserId>, change: Change) -> Option<Failure> {
    let failure = |code, why: &str| Some(Failure::new(code, format!("{user} {why}.")));
    match change {
        Change::Add if members.contains(user) => failure("already_member", "is in the group already"),
        Change::Remove if user == me => failure("own_user", "is you: to go yourself, use `chancery leave`"),
        Change::Remove if !members.contains(user) => failure("not_member", "is not in the group"),
        _ => None,
    }
}

/// The people that texts name, each once, and what is wrong with the others.
pub(super) fn sort(
    texts: &[String],
    user: impl Fn(&str) -> Outcome<UserId>,
    objection: impl Fn(&UserId) -> Option<Failure>,
) -> (Vec<UserId>, Vec<Failure>) {
    let (mut users, mut failed) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for text in texts {
        match user(text) {
            Err(failure) => failed.push(Failure { message: plain(&failure.message), ..failure }),
            Ok(user) if !seen.insert(user.clone()) => {}
            Ok(user) => match objection(&user) {
                Some(failure) => failed.push(failure),
                None => users.push(user),
            },
        }
    }
    (users, failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::user;

    #[test]
    fn whoever_can_be_dealt_with_is_and_the_others_are_named() {
        let own = "example.org".parse().unwrap();
        let texts = ["bob", "Bob!", "carol", "bob", "alice"].map(str::to_owned);
        let members = BTreeSet::from([user("carol", &own).unwrap()]);
        let me = user("alice", &own).unwrap();
        let named = |change| {
            let (users, failed) = sort(&texts, |text| user(text, &own), |user| objection(user, &me, &members, change));
            let users: Vec<String> = users.iter().map(|user| user.local().to_owned()).collect();
            (users.join(" "), failed.into_iter().map(|failure| failure.code).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(named(Change::Add), ("bob alice".to_owned(), "invalid_user already_member".to_owned()));
        assert_eq!(named(Change::Remove), ("carol".to_owned(), "not_member invalid_user own_user".to_owned()));
    }

    #[test]
    fn what_is_done_in_part_has_an_exit_code_of_its_own() {
        let failed = || vec![Failure::new("one", "First."), Failure::new("two", "Second.")];
        let partly = Failure::of_several(failed(), true).unwrap_err();
        assert_eq!((partly.code.as_str(), partly.exit), ("partly_done", crate::output::Exit::Partly));
        assert_eq!(partly.message, "First.\nSecond.");
        let nothing = Failure::of_several(failed(), false).unwrap_err();
        assert_eq!((nothing.code.as_str(), nothing.exit), ("one", crate::output::Exit::Failed));
        assert!(Failure::of_several(Vec::new(), true).is_ok());
    }
}
