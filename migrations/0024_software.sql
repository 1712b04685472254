-- What is installed on assets: one catalog a tenant, and running totals, so that nobody counts millions of rows.

-- normalized_name: the name in lower case, without blanks more than one between words. With the publisher it is what
-- makes a piece of software the same.
CREATE TABLE software_catalog (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  software_id uuid NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  publisher text CHECK (publisher <> ''),
  normalized_name text NOT NULL CHECK (normalized_name <> ''),
  category text CHECK (category IN
    ('Browser', 'Productivity', 'Development', 'Security', 'Communication', 'Creative', 'Runtime', 'Driver')),
  software_type text NOT NULL DEFAULT 'application'
    CHECK (software_type IN ('application', 'driver', 'update', 'system')),
  is_managed boolean NOT NULL DEFAULT false,
  is_security_relevant boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, software_id),
  CONSTRAINT software_catalog_name_key UNIQUE NULLS NOT DISTINCT (tenant, normalized_name, publisher)
);

CREATE INDEX software_catalog_name_search ON software_catalog USING gin (name gin_trgm_ops);

CREATE INDEX software_catalog_publisher_search ON software_catalog USING gin (publisher gin_trgm_ops);

CREATE TRIGGER software_catalog_touched BEFORE UPDATE ON software_catalog FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_asset();

CREATE TABLE asset_software (
  tenant uuid NOT NULL,
  asset_id uuid NOT NULL,
  software_id uuid NOT NULL,
  version text CHECK (version <> ''),
  install_date timestamptz(3),
  install_path text,
  size_bytes bigint CHECK (size_bytes >= 0),
  first_seen_at timestamptz(3) NOT NULL DEFAULT now(),
  last_seen_at timestamptz(3) NOT NULL DEFAULT now(),
  is_current boolean NOT NULL DEFAULT true,
  uninstalled_at timestamptz(3),
  PRIMARY KEY (tenant, asset_id, software_id),
  CONSTRAINT asset_software_uninstalled_check CHECK (is_current = (uninstalled_at IS NULL)),
  FOREIGN KEY (tenant, asset_id) REFERENCES assets ON DELETE CASCADE,
  FOREIGN KEY (tenant, software_id) REFERENCES software_catalog ON DELETE CASCADE
);

CREATE INDEX asset_software_of_software ON asset_software (tenant, software_id, is_current, asset_id);

-- How many assets have it now, by version, and of all versions together where is_total: a running total whose changes
-- are appended, so that writers never wait for each other, and folded now and then. No version is the empty one.
CREATE TABLE software_counts (
  tenant uuid NOT NULL,
  count_id bigint GENERATED ALWAYS AS IDENTITY,
  software_id uuid NOT NULL,
  is_total boolean NOT NULL,
  version text NOT NULL,
  amount integer NOT NULL,
  is_folded boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant, count_id)
);

CREATE INDEX software_counts_by_software ON software_counts (tenant, is_total, software_id, version) INCLUDE (amount);

CREATE INDEX software_counts_appended ON software_counts (tenant, software_id, is_total, version) WHERE NOT is_folded;

CREATE FUNCTION count_software() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO software_counts (tenant, software_id, is_total, version, amount)
      SELECT tenant, software_id, grouping(version) = 1, coalesce(version, ''), count(*)
      FROM (SELECT tenant, software_id, coalesce(version, '') AS version FROM added WHERE is_current) AS installed
      GROUP BY GROUPING SETS ((tenant, software_id), (tenant, software_id, version));
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO software_counts (tenant, software_id, is_total, version, amount)
      SELECT tenant, software_id, grouping(version) = 1, coalesce(version, ''), -count(*)
      FROM (SELECT tenant, software_id, coalesce(version, '') AS version FROM removed WHERE is_current) AS installed
      GROUP BY GROUPING SETS ((tenant, software_id), (tenant, software_id, version));
  ELSE
    INSERT INTO software_counts (tenant, software_id, is_total, version, amount)
      SELECT tenant, software_id, grouping(version) = 1, coalesce(version, ''), sum(amount) FROM (
        SELECT tenant, software_id, coalesce(version, '') AS version, 1 AS amount FROM added WHERE is_current
        UNION ALL SELECT tenant, software_id, coalesce(version, ''), -1 FROM removed WHERE is_current
      ) AS changes
      GROUP BY GROUPING SETS ((tenant, software_id), (tenant, software_id, version))
      HAVING sum(amount) <> 0;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER asset_software_counted_insert AFTER INSERT ON asset_software
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_software();

CREATE TRIGGER asset_software_counted_update AFTER UPDATE ON asset_software
  REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_software();

CREATE TRIGGER asset_software_counted_delete AFTER DELETE ON asset_software
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_software();
