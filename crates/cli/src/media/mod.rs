//! What kind of file it is, a small picture of images, and photos without what cameras write into them.

mod clean;

pub use clean::{Cleaned, clean};

use chancery_wire::content::Thumbnail;
use image::{
    DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage, codecs::jpeg::JpegEncoder, imageops::FilterType,
};
use std::{fs::File, io::BufReader, path::Path};

/// Longest side of a thumbnail, in pixels.
const THUMBNAIL_PIXELS: u32 = 320;
/// Largest thumbnail, in bytes.
const MAX_THUMBNAIL_BYTES: usize = 16 * 1024;
/// Memory that decoding an image may take, in bytes. Larger images are sent without thumbnail.
const MAX_DECODING_BYTES: u64 = 512 * 1024 * 1024;
/// JPEG qualities tried, the best first.
const QUALITIES: [u8; 5] = [80, 65, 50, 35, 20];

/// Media types by ending. What isn't listed is a plain sequence of bytes.
const TYPES: &[(&str, &str)] = &[
    ("7z", "application/x-7z-compressed"),
    ("aac", "audio/aac"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("eml", "message/rfc822"),
    ("epub", "application/epub+zip"),
    ("flac", "audio/flac"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("heic", "image/heic"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ics", "text/calendar"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("log", "text/plain"),
    ("m4a", "audio/mp4"),
    ("md", "text/markdown"),
    ("mkv", "video/x-matroska"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("odp", "application/vnd.oasis.opendocument.presentation"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("rtf", "application/rtf"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("txt", "text/plain"),
    ("vcf", "text/vcard"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

/// The media type that a name's ending tells.
pub fn media_type(path: &Path) -> &'static str {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    TYPES
        .binary_search_by_key(&ending.as_str(), |(ending, _)| ending)
        .map_or("application/octet-stream", |at| TYPES[at].1)
}

/// An image's measures and a small picture of it.
pub struct Picture {
    /// Width, in pixels, as shown.
    pub width: u32,
    /// Height, in pixels, as shown.
    pub height: u32,
    /// A small picture.
    pub thumbnail: Option<Thumbnail>,
}

/// Looks at an image; `None` when it is none, can't be read or would take too much memory. The thumbnail is made anew from
/// pixels, so that it carries no place, camera or date.
pub fn picture(path: &Path) -> Option<Picture> {
    let mut reader = ImageReader::new(BufReader::new(File::open(path).ok()?)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODING_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder).ok()?;
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    let (width, height) = (image.width(), image.height());
    let small = if width.max(height) > THUMBNAIL_PIXELS {
        image.resize(THUMBNAIL_PIXELS, THUMBNAIL_PIXELS, FilterType::Triangle)
    } else {
        image
    };
    Some(Picture { width, height, thumbnail: thumbnail(&on_white(&small)) })
}

/// JPEG has no transparency.
fn on_white(image: &DynamicImage) -> RgbImage {
    let source = image.to_rgba8();
    RgbImage::from_fn(source.width(), source.height(), |x, y| {
        let [r, g, b, a] = source.get_pixel(x, y).0;
        let mix = |c: u8| ((u32::from(c) * u32::from(a) + 255 * (255 - u32::from(a))) / 255) as u8;
        image::Rgb([mix(r), mix(g), mix(b)])
    })
}

fn thumbnail(image: &RgbImage) -> Option<Thumbnail> {
    let encode = |quality| {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(image).ok().map(|()| bytes)
    };
    let bytes = QUALITIES.into_iter().filter_map(encode).find(|bytes| bytes.len() <= MAX_THUMBNAIL_BYTES)?;
    Some(Thumbnail { media_type: "image/jpeg".to_owned(), bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_finds_types() {
        assert!(TYPES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(media_type(Path::new("Plan.PDF")), "application/pdf");
        assert_eq!(media_type(Path::new("x.7z")), "application/x-7z-compressed");
        assert_eq!(media_type(Path::new("Makefile")), "application/octet-stream");
    }

    #[test]
    fn a_photo_gets_a_small_thumbnail() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("noise.png");
        // Noise is what compresses worst.
        let mut state = 1u32;
        let noise = RgbImage::from_fn(1200, 800, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Rgb([(state >> 8) as u8, (state >> 16) as u8, (state >> 24) as u8])
        });
        noise.save(&path).unwrap();
        let picture = picture(&path).unwrap();
        assert_eq!((picture.width, picture.height), (1200, 800));
        let thumbnail = picture.thumbnail.unwrap();
        assert!(thumbnail.bytes.len() <= MAX_THUMBNAIL_BYTES, "{}", thumbnail.bytes.len());
        let small = image::load_from_memory(&thumbnail.bytes).unwrap();
        assert!(small.width() <= THUMBNAIL_PIXELS && small.height() <= THUMBNAIL_PIXELS);
    }

    #[test]
    fn what_is_no_image_has_no_picture() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fake.png");
        std::fs::write(&path, b"\x89PNG\r\n\x1a\n but no image").unwrap();
        assert!(picture(&path).is_none());
        assert!(picture(&dir.path().join("missing")).is_none());
    }
}
