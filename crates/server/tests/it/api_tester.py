"""What the property-based tester of the API doesn't know by itself (see api_tester.rs)."""

import schemathesis

# tus 1.0 has a media type of its own for bytes.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
