-- Tokens end and are renewed, sessions are told apart and end by themselves.

-- A token of before has no end: an upgrade must not stop what works. `token list` and `doctor` name it.
ALTER TABLE api_token
  ADD COLUMN expires_at_us bigint,
  ADD COLUMN last_used_at_us bigint,
  ADD COLUMN former_hash bytea,
  ADD COLUMN former_until_us bigint,
  ADD CONSTRAINT api_token_former_ends CHECK ((former_hash IS NULL) = (former_until_us IS NULL));

-- A session of before is idle from its next request on.
ALTER TABLE console_session
  ADD COLUMN subject text,
  ADD COLUMN idle_until_us bigint;

-- What is counted at each sign-in.
CREATE INDEX console_session_by_token ON console_session (token_id);
CREATE INDEX console_session_by_subject ON console_session (subject);
