-- SHA-256 of the credential that the existing device admits by its first message; NULL again once it was used.
ALTER TABLE links ADD COLUMN admits BLOB;
