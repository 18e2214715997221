//! Every JSON call in one union, with its way over HTTP. The client core speaks this; the native driver, the browser and the
//! simulator carry it.

use super::{
    answer::{AnswerHead, NotTheRelay},
    auth, devices, enrolment, groups, links, organisation, push,
};
use crate::{
    ids::{DeviceId, GroupId, InvitationId, LinkId, UserId},
    refusal::Refusal,
};
use serde::{Serialize, de::DeserializeOwned};

/// HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// DELETE
    Delete,
}

/// Whether a call carries the session token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// Anybody, or the body authorises itself.
    None,
    /// A device's session.
    Device,
}

/// One HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Method.
    pub method: Method,
    /// Path and query, below the relay's origin.
    pub path: String,
    /// JSON body, for POST.
    pub body: Option<Vec<u8>>,
    /// Whether it needs the session token.
    pub authentication: Authentication,
}

macro_rules! calls {
    ($($(#[doc = $doc:literal])* $name:ident { $($field:ident : $type:ty),* } ($auth:ident $method:ident $path:expr, $body:expr) -> $response:ident $(($answer:ty))?;)*) => {
        /// A call.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum Request { $($(#[doc = $doc])* $name { $($field: $type),* },)* }

        impl Request {
            /// As HTTP.
            #[allow(unused_variables)]
            pub fn to_http(&self) -> HttpRequest {
                match self {
                    $(Request::$name { $($field),* } => HttpRequest {
                        method: Method::$method,
                        path: $path,
                        body: $body,
                        authentication: Authentication::$auth,
                    },)*
                }
            }

            /// Whether it needs a device's session.
            pub fn authentication(&self) -> Authentication {
                match self { $(Request::$name { .. } => Authentication::$auth,)* }
            }

            /// Its name, for logs and metrics.
            pub fn name(&self) -> &'static str {
                match self { $(Request::$name { .. } => stringify!($name),)* }
            }

            /// Reads the answer to this call: the relay's response or refusal, or that it isn't the relay's.
            pub fn read_response(&self, head: &AnswerHead<'_>, body: &[u8]) -> Result<Result<Response, Refusal>, NotTheRelay> {
                if head.is_problem() {
                    return head.read_refusal(body).map(Err);
                }
                match self {
                    $(Request::$name { .. } => calls!(@read $response $(($answer))? , head, body).map(Ok),)*
                }
            }
        }
    };
    (@read Done, $head:ident, $body:ident) => { if $head.status == 204 { Ok(Response::Done) } else { Err($head.not_the_relay()) } };
    (@read $response:ident ($answer:ty), $head:ident, $body:ident) => { parse::<$answer>($head, $body).map(Response::$response) };
}

fn parse<T: DeserializeOwned>(head: &AnswerHead<'_>, body: &[u8]) -> Result<T, NotTheRelay> {
    let parsed = if head.is_json(200) { serde_json::from_slice(body).ok() } else { None };
    parsed.ok_or_else(|| head.not_the_relay())
}

fn json<T: Serialize>(body: &T) -> Option<Vec<u8>> {
    Some(serde_json::to_vec(body).expect("API types always serialise"))
}

fn query(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

calls! {
    GetOrganisation {} (None Get "/v1/organisation".into(), None) -> Organisation(organisation::Organisation);
    PublishPolicy { body: organisation::Publish } (None Post "/v1/organisation/policy".into(), json(body)) -> Done;
    PublishManifest { body: organisation::Publish } (None Post "/v1/organisation/manifest".into(), json(body)) -> Done;
    OpenChallenge {} (None Post "/v1/auth/challenges".into(), None) -> Challenge(auth::Challenge);
    OpenSession { body: auth::OpenSession } (None Post "/v1/auth/sessions".into(), json(body)) -> Session(auth::Session);
    Invite { body: enrolment::Invite } (None Post "/v1/invitations".into(), json(body)) -> Done;
    GetInvitation { invitation: InvitationId } (None Get format!("/v1/invitations/{invitation}"), None) -> Invitation(enrolment::InvitationState);
    Join { body: enrolment::Join } (None Post "/v1/users".into(), json(body)) -> Done;
    FindUsers { query: String } (Device Get format!("/v1/users?query={}", self::query(query)), None) -> Users(enrolment::Users);
    ListUsers { after: Option<UserId> } (Device Get format!("/v1/users?after={}", after.as_ref().map(|user| self::query(user.as_str())).unwrap_or_default()), None) -> Users(enrolment::Users);
    GetUser { user: UserId } (Device Get format!("/v1/users/{user}"), None) -> User(enrolment::User);
    AddDevice { body: devices::AddDevice } (None Post "/v1/devices".into(), json(body)) -> Done;
    ListDevices {} (Device Get "/v1/devices".into(), None) -> Devices(devices::Devices);
    RemoveDevice { device: DeviceId } (Device Delete format!("/v1/devices/{device}"), None) -> Done;
    PutKeyPackages { body: devices::KeyPackages } (Device Post "/v1/key-packages".into(), json(body)) -> Done;
    GetStocks {} (Device Get "/v1/key-packages".into(), None) -> Stocks(devices::Stocks);
    ClaimKeyPackages { body: devices::Claim } (Device Post "/v1/key-packages/claims".into(), json(body)) -> Claims(devices::Claims);
    GetPushKey {} (Device Get "/v1/push/key".into(), None) -> PushKey(push::Key);
    SetPush { body: push::Subscription } (Device Post "/v1/push/subscription".into(), json(body)) -> Done;
    RemovePush {} (Device Delete "/v1/push/subscription".into(), None) -> Done;
    CreateGroup { body: groups::CreateGroup } (Device Post "/v1/groups".into(), json(body)) -> Done;
    ListGroups {} (Device Get "/v1/groups".into(), None) -> Groups(groups::Groups);
    Append { group: GroupId, body: groups::Append } (Device Post format!("/v1/groups/{group}/items"), json(body)) -> Appended(groups::Appended);
    ReadLog { group: GroupId, after: u64, limit: u32 } (Device Get format!("/v1/groups/{group}/items?after={after}&limit={limit}"), None) -> LogPage(groups::LogPage);
    GetTree { group: GroupId, epoch: u64 } (Device Get format!("/v1/groups/{group}/tree?epoch={epoch}"), None) -> Tree(groups::Tree);
    GetRejoinInfo { group: GroupId } (Device Get format!("/v1/groups/{group}/group-info"), None) -> RejoinInfo(groups::RejoinInfo);
    Report { group: GroupId, body: groups::Report } (Device Post format!("/v1/groups/{group}/reports"), json(body)) -> Done;
    OpenLink { body: links::OpenLink } (None Post "/v1/links".into(), json(body)) -> Link(links::Link);
    GetLinkRequest { link: LinkId } (Device Get format!("/v1/links/{link}"), None) -> LinkRequest(links::LinkRequest);
    PostLinkMessage { link: LinkId, body: links::PostLinkMessage } (Device Post format!("/v1/links/{link}/messages"), json(body)) -> Done;
    CloseLink { link: LinkId } (Device Delete format!("/v1/links/{link}"), None) -> Done;
    GetLinkMessages { link: LinkId, from: u32 } (None Get format!("/v1/links/{link}/messages?from={from}"), None) -> LinkMessages(links::LinkMessages);
}

/// The answer to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Response {
    /// 204 without a body.
    Done,
    Organisation(organisation::Organisation),
    Challenge(auth::Challenge),
    Session(auth::Session),
    Invitation(enrolment::InvitationState),
    User(enrolment::User),
    Users(enrolment::Users),
    Devices(devices::Devices),
    Stocks(devices::Stocks),
    Claims(devices::Claims),
    PushKey(push::Key),
    Groups(groups::Groups),
    Appended(groups::Appended),
    LogPage(groups::LogPage),
    Tree(groups::Tree),
    RejoinInfo(groups::RejoinInfo),
    Link(links::Link),
    LinkRequest(links::LinkRequest),
    LinkMessages(links::LinkMessages),
}
