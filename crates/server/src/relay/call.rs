//! Every call: where it runs and which capability answers it.

use super::{Context, Relay, Tx};
use crate::{Failure, accounts, auth, devices, groups, key_packages, links, organisation, push};
use chancery_mls::VerifiedKeyPackage;
use chancery_wire::{
    api::{Authentication, Request, Response},
    frames::ItemKind,
    signed::VerifiedDevice,
};
use rusqlite::Connection;

/// A call after the part that costs CPU.
pub enum Prepared {
    /// Nothing had to be prepared.
    Plain(Request),
    /// Signatures of a device and its key packages were verified.
    Device(Request, Box<VerifiedDevice>, Vec<VerifiedKeyPackage>),
    /// A new group was checked.
    Create(Box<groups::NewGroup>),
    /// A commit or proposal was checked against the tree.
    Handshake(Box<groups::Handshake>),
}

/// Whether a call only reads, so that any connection will do.
pub fn is_read(request: &Request) -> bool {
    match request {
        Request::GetOrganisation {}
        | Request::OpenChallenge {}
        | Request::OpenSession { .. }
        | Request::GetInvitation { .. }
        | Request::FindUsers { .. }
        | Request::ListUsers { .. }
        | Request::GetUser { .. }
        | Request::ListDevices {}
        | Request::GetStocks {}
        | Request::GetPushKey {}
        | Request::ListGroups {}
        | Request::ReadLog { .. }
        | Request::GetTree { .. }
        | Request::GetRejoinInfo { .. }
        | Request::GetLinkRequest { .. }
        | Request::GetLinkMessages { .. } => true,
        Request::PublishPolicy { .. }
        | Request::PublishManifest { .. }
        | Request::Invite { .. }
        | Request::Join { .. }
        | Request::AddDevice { .. }
        | Request::RemoveDevice { .. }
        | Request::PutKeyPackages { .. }
        | Request::ClaimKeyPackages { .. }
        | Request::SetPush { .. }
        | Request::RemovePush {}
        | Request::CreateGroup { .. }
        | Request::Append { .. }
        | Request::Report { .. }
        | Request::OpenLink { .. }
        | Request::CloseLink { .. }
        | Request::PostLinkMessage { .. } => false,
    }
}

impl Relay {
    /// One call in the caller's transaction.
    pub fn call(&self, tx: &Tx<'_>, context: Context<'_>, request: Request) -> Result<Response, Failure> {
        if is_read(&request) {
            return self.read(tx, context, request);
        }
        let prepared = self.prepare(tx, context, request)?;
        self.apply(tx, context, prepared)
    }

    /// A call that only reads. `db` has to be in a transaction.
    pub fn read(&self, db: &Connection, context: Context<'_>, request: Request) -> Result<Response, Failure> {
        self.admit(db, context, &request)?;
        match request {
            Request::GetOrganisation {} => Ok(Response::Organisation(organisation::get(self))),
            Request::OpenChallenge {} => auth::challenge(self, context).map(Response::Challenge),
            Request::OpenSession { body } => auth::open_session(self, db, context, &body).map(Response::Session),
            Request::GetInvitation { invitation } => accounts::get_invitation(db, invitation).map(Response::Invitation),
            Request::FindUsers { query } => accounts::find_users(db, &query).map(Response::Users),
            Request::ListUsers { after } => accounts::list_users(db, after.as_ref()).map(Response::Users),
            Request::GetUser { user } => accounts::get_user(db, &user).map(Response::User),
            Request::ListDevices {} => devices::list(db, context.caller()?).map(Response::Devices),
            Request::GetStocks {} => {
                key_packages::stocks(db, context.caller()?, context.now_seconds()).map(Response::Stocks)
            }
            Request::GetPushKey {} => push::key(self).map(Response::PushKey),
            Request::ListGroups {} => groups::list(db, context.caller()?).map(Response::Groups),
            Request::ReadLog { group, after, limit } => {
                groups::read(db, context.caller()?, &group, after, limit).map(Response::LogPage)
            }
            Request::GetTree { group, epoch } => {
                groups::get_tree(self, db, context.caller()?, &group, epoch).map(Response::Tree)
            }
            Request::GetRejoinInfo { group } => {
                groups::rejoin_info(self, db, context.caller()?, &group).map(Response::RejoinInfo)
            }
            Request::GetLinkRequest { link } => links::get_request(db, context, link).map(Response::LinkRequest),
            Request::GetLinkMessages { link, from } => {
                links::get_messages(db, context, link, from).map(Response::LinkMessages)
            }
            _ => unreachable!("is_read lists what is answered here"),
        }
    }

    /// The part of a writing call that costs CPU. `db` has to be in a transaction, of any connection.
    pub fn prepare(&self, db: &Connection, context: Context<'_>, request: Request) -> Result<Prepared, Failure> {
        self.admit(db, context, &request)?;
        match request {
            Request::Join { ref body } => {
                let (device, packages) = devices::verify(self, context, &body.credential.0, &body.key_packages)?;
                Ok(Prepared::Device(request, Box::new(device), packages))
            }
            Request::AddDevice { ref body } => {
                let (device, packages) = devices::verify(self, context, &body.credential.0, &body.key_packages)?;
                Ok(Prepared::Device(request, Box::new(device), packages))
            }
            Request::PutKeyPackages { ref body } => {
                let caller = context.caller()?;
                let credential = devices::credential(db, caller.row)?;
                let (device, packages) = devices::verify(self, context, &credential, body)?;
                Ok(Prepared::Device(request, Box::new(device), packages))
            }
            Request::CreateGroup { body } => {
                groups::prepare_create(self, context, body).map(|group| Prepared::Create(Box::new(group)))
            }
            Request::Append { group, body } if body.kind != ItemKind::Application => {
                groups::prepare_handshake(self, db, context, group, body)
                    .map(|handshake| Prepared::Handshake(Box::new(handshake)))
            }
            request => Ok(Prepared::Plain(request)),
        }
    }

    /// The writing part of a call, in the one writing transaction.
    pub fn apply(&self, tx: &Tx<'_>, context: Context<'_>, prepared: Prepared) -> Result<Response, Failure> {
        match prepared {
            Prepared::Plain(request) => {
                self.admit(tx, context, &request)?;
                self.write(tx, context, request)
            }
            Prepared::Device(Request::Join { body }, device, packages) => {
                accounts::join(self, tx, context, &body, &device, &packages)?;
                Ok(Response::Done)
            }
            Prepared::Device(Request::AddDevice { body }, device, packages) => {
                devices::add(self, tx, context, &body, &device, &packages)?;
                Ok(Response::Done)
            }
            Prepared::Device(_, _, packages) => {
                let caller = context.caller()?;
                devices::require_active(tx, caller)?;
                key_packages::put(tx, caller.row, &packages)?;
                Ok(Response::Done)
            }
            Prepared::Create(group) => {
                devices::require_active(tx, context.caller()?)?;
                groups::create(self, tx, context, *group)?;
                Ok(Response::Done)
            }
            Prepared::Handshake(handshake) => {
                devices::require_active(tx, context.caller()?)?;
                groups::append_handshake(self, tx, context, *handshake).map(Response::Appended)
            }
        }
    }

    fn write(&self, tx: &Tx<'_>, context: Context<'_>, request: Request) -> Result<Response, Failure> {
        match request {
            Request::PublishPolicy { body } => organisation::publish_policy(self, tx, context, &body.object.0)?,
            Request::PublishManifest { body } => organisation::publish_manifest(self, tx, context, &body.object.0)?,
            Request::Invite { body } => accounts::invite(self, tx, context, &body.invitation.0)?,
            Request::RemoveDevice { device } => devices::remove(self, tx, context, device)?,
            Request::SetPush { body } => push::put(self, tx, context, &body)?,
            Request::RemovePush {} => push::remove(tx, context.caller()?)?,
            Request::ClaimKeyPackages { body } => {
                return key_packages::claim(self, tx, context, &body).map(Response::Claims);
            }
            Request::Append { group, body } => {
                return groups::append_application(
                    self,
                    tx,
                    context.caller()?,
                    groups::Message { group, item: body.item, epoch: body.epoch, body: body.body.0, quiet: body.quiet },
                    context.now_ms,
                )
                .map(Response::Appended);
            }
            Request::Report { group, body } => groups::report(self, tx, context, &group, &body)?,
            Request::OpenLink { body } => return links::open(self, tx, context, body).map(Response::Link),
            Request::PostLinkMessage { link, body } => links::post(self, tx, context, link, &body)?,
            Request::CloseLink { link } => links::close(tx, context, link)?,
            _ => unreachable!("every other call is a read or was prepared"),
        }
        Ok(Response::Done)
    }

    /// A call that needs a session has one, and its device wasn't revoked since.
    fn admit(&self, db: &Connection, context: Context<'_>, request: &Request) -> Result<(), Failure> {
        if request.authentication() == Authentication::Device {
            devices::require_active(db, context.caller()?)?;
        }
        Ok(())
    }
}
