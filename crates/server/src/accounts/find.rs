//! The directory of users.

use crate::{Failure, RelayFault, devices};
use chancery_wire::{
    Code, Refusal, UserId,
    api::enrolment::{User, Users},
    limits::MAX_NAME_BYTES,
    signed::Kind,
    text::folded,
};
use rusqlite::{Connection, OptionalExtension};

/// Users in one answer.
const MAX_USERS: usize = 100;

/// Users whose name or id contains the text, folded as for every search. Whose id it is comes first.
pub fn find_users(db: &Connection, query: &str) -> Result<Users, Failure> {
    if query.len() > MAX_NAME_BYTES {
        return Err(Refusal::new(Code::InvalidRequest, format!("`query` has more than {MAX_NAME_BYTES} bytes")).into());
    }
    let query = folded(query.trim());
    let mut statement = db.prepare_cached("SELECT id, user, name, kind FROM users ORDER BY name, user")?;
    let mut rows = statement.query(())?;
    let mut users = Vec::new();
    while let Some(row) = rows.next()? {
        let (user, name): (String, String) = (row.get(1)?, row.get(2)?);
        if user == query || user.split_once('@').is_some_and(|(local, _)| local == query) {
            users.insert(0, describe(db, row.get(0)?, &user, name, &row.get::<_, String>(3)?)?);
            continue;
        }
        if users.len() >= MAX_USERS || !user.contains(&query) && !folded(&name).contains(&query) {
            continue;
        }
        users.push(describe(db, row.get(0)?, &user, name, &row.get::<_, String>(3)?)?);
    }
    users.truncate(MAX_USERS);
    Ok(Users { users })
}

/// Users in the order of their ids, after this one: all of them, page by page.
pub fn list_users(db: &Connection, after: Option<&UserId>) -> Result<Users, Failure> {
    let after = after.map_or("", UserId::as_str);
    let mut statement =
        db.prepare_cached("SELECT id, user, name, kind FROM users WHERE user > ? ORDER BY user LIMIT ?")?;
    let mut rows = statement.query((after, MAX_USERS as i64))?;
    let mut users = Vec::new();
    while let Some(row) = rows.next()? {
        let user: String = row.get(1)?;
        users.push(describe(db, row.get(0)?, &user, row.get(2)?, &row.get::<_, String>(3)?)?);
    }
    Ok(Users { users })
}

/// One user.
pub fn get_user(db: &Connection, user: &UserId) -> Result<User, Failure> {
    let (row, name, kind): (i64, String, String) = db
        .prepare_cached("SELECT id, name, kind FROM users WHERE user = ?")?
        .query_row([user.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?
        .ok_or(Code::NotFound)?;
    describe(db, row, user.as_str(), name, &kind)
}

fn describe(db: &Connection, row: i64, user: &str, name: String, kind: &str) -> Result<User, Failure> {
    Ok(User {
        user: user.parse().map_err(RelayFault::new)?,
        name,
        kind: Kind::from_text(kind).ok_or_else(|| RelayFault::new("a user of unknown kind"))?,
        credentials: devices::credentials(db, row)?,
    })
}
