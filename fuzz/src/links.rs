use chancery_wire::{
    DeviceId, FileId, GroupId, UserId,
    content::{mention, mentions, uri},
    link::{DeviceLink, GroupLink, InvitationLink, relay_origin},
};

pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(link) = InvitationLink::parse(text) {
        assert_eq!(InvitationLink::parse(&link.to_text()), Ok(link));
    }
    if let Ok(link) = DeviceLink::parse(text) {
        assert_eq!(link.matching_code().len(), 6);
        assert_eq!(DeviceLink::parse(&link.to_text()), Ok(link));
    }
    if let Ok(link) = GroupLink::parse(text) {
        assert_eq!(GroupLink::parse(&link.to_text()), Ok(link));
    }
    if let Ok(origin) = relay_origin(text) {
        assert_eq!(relay_origin(origin.as_str()), Ok(origin));
    }
    if let Ok(user) = text.parse::<UserId>() {
        assert_eq!(uri::parse_user(&uri::user_uri(&user)), Some(user));
    }
    if let Ok(group) = text.parse::<GroupId>() {
        assert_eq!(uri::parse_room(&uri::room_uri(&group)), Some(group));
    }
    let _ = (text.parse::<DeviceId>(), text.parse::<FileId>());
    let _ = mentions(text);
    let user: UserId = "alice@example.org".parse().expect("a user id");
    assert_eq!(mentions(&mention(text, &user)), [user], "no name breaks out of its mention");
}
