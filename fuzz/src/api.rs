use chancery_wire::{
    Refusal,
    api::{AnswerHead, Request, auth, devices, enrolment, files, groups, links, organisation},
};
use serde::{Serialize, de::DeserializeOwned};

pub fn run(bytes: &[u8]) {
    body::<auth::Challenge>(bytes);
    body::<auth::OpenSession>(bytes);
    body::<auth::Session>(bytes);
    body::<devices::KeyPackages>(bytes);
    body::<devices::Stocks>(bytes);
    body::<devices::Claim>(bytes);
    body::<devices::Claims>(bytes);
    body::<devices::AddDevice>(bytes);
    body::<devices::Devices>(bytes);
    body::<enrolment::Invite>(bytes);
    body::<enrolment::InvitationState>(bytes);
    body::<enrolment::Join>(bytes);
    body::<enrolment::User>(bytes);
    body::<enrolment::Users>(bytes);
    body::<files::FileCreated>(bytes);
    body::<groups::CreateGroup>(bytes);
    body::<groups::Groups>(bytes);
    body::<groups::Append>(bytes);
    body::<groups::Appended>(bytes);
    body::<groups::LogPage>(bytes);
    body::<groups::Tree>(bytes);
    body::<groups::RejoinInfo>(bytes);
    body::<groups::Report>(bytes);
    body::<links::OpenLink>(bytes);
    body::<links::Link>(bytes);
    body::<links::LinkRequest>(bytes);
    body::<links::PostLinkMessage>(bytes);
    body::<links::LinkMessages>(bytes);
    body::<organisation::Organisation>(bytes);
    body::<organisation::Publish>(bytes);
    body::<Refusal>(bytes);
    for (status, media_type) in [
        (200, "application/json"),
        (204, "text/html"),
        (404, "application/problem+json"),
        (429, "text/html"),
        (503, "application/problem+json"),
    ] {
        let head = AnswerHead { status, media_type: Some(media_type), location: std::str::from_utf8(bytes).ok() };
        for request in [Request::ListGroups {}, Request::GetOrganisation {}] {
            if let Err(not) = request.read_response(&head, bytes) {
                let _ = not.to_string();
            }
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        // Whatever is searched for, the path stays a path.
        let path = Request::FindUsers { query: text.to_owned() }.to_http().path;
        assert!(path.is_ascii() && !path.contains([' ', '#', '\r', '\n']));
    }
}

fn body<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<T>(bytes) {
        let text = serde_json::to_vec(&value).expect("API types always serialise");
        let again: T = serde_json::from_slice(&text).expect("what was written is read");
        assert_eq!(serde_json::to_vec(&again).expect("API types always serialise"), text);
    }
}
