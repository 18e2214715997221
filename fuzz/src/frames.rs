use chancery_wire::frames::{ClientFrame, ServerFrame};

pub fn client(bytes: &[u8]) {
    if let Ok(frame) = ClientFrame::from_slice(bytes) {
        assert_eq!(ClientFrame::from_slice(&frame.to_vec()), Ok(frame));
    }
}

pub fn server(bytes: &[u8]) {
    if let Ok(frame) = ServerFrame::from_slice(bytes) {
        assert_eq!(ServerFrame::from_slice(&frame.to_vec()), Ok(frame));
    }
}
