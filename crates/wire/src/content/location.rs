//! A place on the earth: GeoJSON (RFC 7946), one Feature with a Point.

use serde_json::{Value, json};
use std::fmt;

/// Media type of a location.
pub const LOCATION_TYPE: &str = "application/geo+json";
/// Longest name of a place, in bytes.
pub const MAX_PLACE_NAME_BYTES: usize = 256;
/// Longest GeoJSON text that is read, in bytes.
const MAX_LOCATION_BYTES: usize = 2048;
/// Units of the coordinates in one degree: 1e-7 degrees is about a centimetre.
const PER_DEGREE: f64 = 1e7;

/// A place. Whole numbers, so that what was read is what is written.
#[derive(Clone, PartialEq, Eq)]
pub struct Location {
    /// Latitude (WGS 84), in 10⁻⁷ degrees.
    pub latitude_e7: i32,
    /// Longitude (WGS 84), in 10⁻⁷ degrees.
    pub longitude_e7: i32,
    /// Radius within which it is, in metres.
    pub accuracy_m: Option<u32>,
    /// What the sender calls it; may be empty.
    pub name: String,
}

impl Location {
    /// Whether it is on the earth and its name is short enough.
    pub fn is_valid(&self) -> bool {
        self.latitude_e7.unsigned_abs() <= 900_000_000
            && self.longitude_e7.unsigned_abs() <= 1_800_000_000
            && self.name.len() <= MAX_PLACE_NAME_BYTES
    }

    pub(super) fn to_vec(&self) -> Vec<u8> {
        let mut properties = serde_json::Map::new();
        if let Some(accuracy) = self.accuracy_m {
            properties.insert("accuracy".into(), accuracy.into());
        }
        if !self.name.is_empty() {
            properties.insert("name".into(), self.name.clone().into());
        }
        let coordinates = [self.longitude_e7, self.latitude_e7].map(|e7| f64::from(e7) / PER_DEGREE);
        let feature = json!({
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": coordinates},
            "properties": properties,
        });
        feature.to_string().into_bytes()
    }

    /// Reads a Feature with a Point, or a bare Point; `None` when it is anything else.
    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(
            bytes.get(..MAX_LOCATION_BYTES.min(bytes.len())).filter(|b| b.len() == bytes.len())?,
        )
        .ok()?;
        let point = match value["type"].as_str()? {
            "Feature" => &value["geometry"],
            _ => &value,
        };
        if point["type"] != "Point" {
            return None;
        }
        let e7 = |index: usize, degrees: f64| {
            let value = point["coordinates"].get(index)?.as_f64()?;
            (value.abs() <= degrees).then(|| (value * PER_DEGREE).round() as i32)
        };
        let properties = &value["properties"];
        let location = Self {
            longitude_e7: e7(0, 180.0)?,
            latitude_e7: e7(1, 90.0)?,
            accuracy_m: properties["accuracy"]
                .as_f64()
                .filter(|metres| (0.0..=f64::from(u32::MAX)).contains(metres))
                .map(|metres| metres.round() as u32),
            name: properties["name"].as_str().unwrap_or_default().to_owned(),
        };
        location.is_valid().then_some(location)
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Location")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_read_as_written() {
        for (latitude_e7, longitude_e7) in [(0, 0), (525_200_066, 134_049_540), (-900_000_000, 1_800_000_000), (-1, -3)]
        {
            for (accuracy_m, name) in [(None, ""), (Some(12), "Büro, 3. Stock")] {
                let location = Location { latitude_e7, longitude_e7, accuracy_m, name: name.to_owned() };
                assert!(Location::from_slice(&location.to_vec()).unwrap() == location, "{latitude_e7} {longitude_e7}");
            }
        }
        let point = br#"{"type":"Point","coordinates":[13.5,52.25,30.0]}"#;
        assert_eq!(Location::from_slice(point).unwrap().latitude_e7, 522_500_000);
    }

    #[test]
    fn what_is_not_on_the_earth_is_refused() {
        for bad in [
            &br#"{"type":"Point","coordinates":[181,0]}"#[..],
            br#"{"type":"Point","coordinates":[0,90.1]}"#,
            br#"{"type":"Point","coordinates":["0","0"]}"#,
            br#"{"type":"Point","coordinates":[1]}"#,
            br#"{"type":"Feature","geometry":{"type":"Polygon","coordinates":[]}}"#,
            b"[]",
            b"",
            b"\xff",
        ] {
            assert!(Location::from_slice(bad).is_none(), "{}", String::from_utf8_lossy(bad));
        }
        let long = format!(r#"{{"type":"Point","coordinates":[0,0]{}}}"#, " ".repeat(MAX_LOCATION_BYTES));
        assert!(Location::from_slice(long.as_bytes()).is_none());
    }
}
