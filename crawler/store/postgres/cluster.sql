-- The tables of many workers on one run; only a server has them. They may come to a database of any age.

-- A run that workers may join: since when it goes on, and for how many seconds a lease lasts.
CREATE TABLE IF NOT EXISTS sharing (
    run_id BIGINT PRIMARY KEY REFERENCES run ON DELETE CASCADE,
    begun_at TIMESTAMPTZ NOT NULL,
    seconds DOUBLE PRECISION NOT NULL
);

-- A worker, for as long as its lease lasts. Whoever finds it over removes the row, and with it all that hangs on it;
-- an id never comes again, so that it tells a late write from one that may be made.
CREATE TABLE IF NOT EXISTS member (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id BIGINT NOT NULL REFERENCES run ON DELETE CASCADE,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    expires TIMESTAMPTZ NOT NULL
);

-- Who is alive in a run.
CREATE INDEX IF NOT EXISTS member_run ON member (run_id);

-- The hosts of a run by the first byte of their ids, and who may ask them: 0 to 255. The shard 256 comes when nothing
-- is open any more: whoever has it closes the run.
CREATE TABLE IF NOT EXISTS shard (
    run_id BIGINT NOT NULL REFERENCES run ON DELETE CASCADE,
    shard SMALLINT NOT NULL,
    owner BIGINT REFERENCES member ON DELETE SET NULL,
    PRIMARY KEY (run_id, shard)
);

-- What is free when a member goes.
CREATE INDEX IF NOT EXISTS shard_owner ON shard (owner);

-- Pages that were found by one worker and are of another's shard, until that takes them in. `chain` is JSON.
CREATE TABLE IF NOT EXISTS arrival (
    run_id BIGINT NOT NULL REFERENCES run ON DELETE CASCADE,
    url_id BIGINT NOT NULL,
    shard SMALLINT NOT NULL,
    chain TEXT,
    PRIMARY KEY (run_id, url_id)
);

-- An owner asks for its own.
CREATE INDEX IF NOT EXISTS arrival_shard ON arrival (run_id, shard);
