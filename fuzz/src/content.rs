use chancery_wire::content::{
    Body, GroupLinkSetting, GroupProfile, JoinAnswer, JoinRequest, MimiContent, StatusReport, compose,
};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

pub fn run(bytes: &[u8]) {
    if let Ok(content) = MimiContent::from_slice(bytes) {
        assert_eq!(content.to_vec(), bytes, "content is written as it was read");
        let _ = content.message_id("mimi://example.org/u/alice", "mimi://example.org/r/0");
        let body = Body::of(&content);
        let _ = (body.texts(), body.files(), body.mentions());
        let forwarded = compose::forward(&mut ChaCha8Rng::seed_from_u64(0), &content);
        assert_eq!(MimiContent::from_slice(&forwarded.to_vec()), Ok(forwarded));
    }
    if let Some(report) = StatusReport::from_slice(bytes) {
        assert_eq!(report.to_vec(), bytes);
    }
    if let Some(profile) = GroupProfile::from_slice(bytes) {
        assert_eq!(GroupProfile::from_slice(&profile.to_vec()), Some(profile));
    }
    if let Some(setting) = GroupLinkSetting::from_slice(bytes) {
        assert_eq!(GroupLinkSetting::from_slice(&setting.to_vec()), Some(setting));
    }
    if let Some(request) = JoinRequest::from_slice(bytes) {
        assert_eq!(JoinRequest::from_slice(&request.to_vec()), Some(request));
    }
    if let Some(answer) = JoinAnswer::from_slice(bytes) {
        assert_eq!(JoinAnswer::from_slice(&answer.to_vec()), Some(answer));
    }
}
