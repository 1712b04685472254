-- Assets at scale: which types of asset there are, totals that need no counting, text search, and times of change that
-- only go forward.

-- An id in the order of time, for statements that make many rows.
CREATE FUNCTION ordered_uuid() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1),
    'hex')::uuid
$$;

-- The types that a tenant's assets have. fields_schema holds the fields that the tenant has defined.
CREATE TABLE asset_type_registry (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  type_id uuid NOT NULL,
  slug text NOT NULL CHECK (slug <> ''),
  name text NOT NULL CHECK (name <> ''),
  icon text,
  fields_schema jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(fields_schema) = 'array'),
  is_builtin boolean NOT NULL DEFAULT false,
  display_order integer NOT NULL DEFAULT 0,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, type_id),
  CONSTRAINT asset_type_registry_slug_key UNIQUE (tenant, slug)
);

INSERT INTO asset_type_registry (tenant, type_id, slug, name, icon, is_builtin, display_order)
  SELECT tenant, ordered_uuid(), slug, name, icon, true, display_order
  FROM tenants CROSS JOIN (VALUES
    ('workstation', 'Workstation', 'monitor', 0),
    ('network_device', 'Network device', 'network', 1),
    ('server', 'Server', 'server', 2),
    ('mobile_device', 'Mobile device', 'smartphone', 3),
    ('printer', 'Printer', 'printer', 4),
    ('unknown', 'Unknown', 'help-circle', 5)
  ) AS builtin (slug, name, icon, display_order);

-- What is in use already is a type of the tenant's own.
INSERT INTO asset_type_registry (tenant, type_id, slug, name, display_order)
  SELECT tenant, ordered_uuid(), asset_type, asset_type, 6 FROM (
    SELECT tenant, asset_type FROM assets
    UNION SELECT tenant, asset_type FROM product_inventory_settings WHERE asset_type IS NOT NULL
  ) AS used WHERE asset_type <> ''
  ON CONFLICT ON CONSTRAINT asset_type_registry_slug_key DO NOTHING;

-- A type in use stays, and takes along what is of it when its slug changes.
ALTER TABLE assets ADD CONSTRAINT assets_type_fkey FOREIGN KEY (tenant, asset_type)
  REFERENCES asset_type_registry (tenant, slug) ON UPDATE CASCADE;

ALTER TABLE product_inventory_settings ADD CONSTRAINT product_inventory_settings_asset_type_fkey
  FOREIGN KEY (tenant, asset_type) REFERENCES asset_type_registry (tenant, slug) ON UPDATE CASCADE;

CREATE INDEX product_inventory_settings_of_type ON product_inventory_settings (tenant, asset_type)
  WHERE asset_type IS NOT NULL;

-- An asset's updated_at only goes forward, and no two states of it have the same: it is the asset's version. It is the
-- database's time, as instances of the service have clocks of their own. A change that changes nothing is none.
CREATE FUNCTION touch_asset() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at + interval '1 millisecond');
  RETURN NEW;
END $$;

CREATE TRIGGER assets_touched BEFORE UPDATE ON assets FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_asset();

ALTER TABLE assets ALTER COLUMN updated_at SET DEFAULT clock_timestamp();

CREATE TRIGGER asset_types_touched BEFORE UPDATE ON asset_type_registry FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_asset();

-- How many assets there are, by client, type and status: a running total whose changes are appended, so that writers never
-- wait for each other, and folded now and then. The rows without a client are those of all clients together.
CREATE TABLE asset_counts (
  tenant uuid NOT NULL,
  count_id bigint GENERATED ALWAYS AS IDENTITY,
  client_id uuid,
  asset_type text NOT NULL,
  status text NOT NULL,
  amount bigint NOT NULL,
  PRIMARY KEY (tenant, count_id)
);

CREATE INDEX asset_counts_by_client ON asset_counts (tenant, client_id, asset_type, status) INCLUDE (amount);

CREATE FUNCTION count_assets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO asset_counts (tenant, client_id, asset_type, status, amount)
      SELECT tenant, client_id, asset_type, status, count(*) FROM added
      GROUP BY GROUPING SETS ((tenant, asset_type, status), (tenant, client_id, asset_type, status));
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO asset_counts (tenant, client_id, asset_type, status, amount)
      SELECT tenant, client_id, asset_type, status, -count(*) FROM removed
      GROUP BY GROUPING SETS ((tenant, asset_type, status), (tenant, client_id, asset_type, status));
  ELSE
    INSERT INTO asset_counts (tenant, client_id, asset_type, status, amount)
      SELECT tenant, client_id, asset_type, status, sum(amount) FROM (
        SELECT tenant, client_id, asset_type, status, 1 AS amount FROM added
        UNION ALL SELECT tenant, client_id, asset_type, status, -1 FROM removed
      ) AS changes
      GROUP BY GROUPING SETS ((tenant, asset_type, status), (tenant, client_id, asset_type, status))
      HAVING sum(amount) <> 0;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER assets_counted_insert AFTER INSERT ON assets
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_assets();

CREATE TRIGGER assets_counted_update AFTER UPDATE ON assets
  REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_assets();

CREATE TRIGGER assets_counted_delete AFTER DELETE ON assets
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_assets();

INSERT INTO asset_counts (tenant, client_id, asset_type, status, amount)
  SELECT tenant, client_id, asset_type, status, count(*) FROM assets
  GROUP BY GROUPING SETS ((tenant, asset_type, status), (tenant, client_id, asset_type, status));

-- What has not been sorted into an index yet is read by each search, from beginning to end: by default 4 MB of it.
CREATE INDEX assets_name_search ON assets USING gin (name gin_trgm_ops) WITH (gin_pending_list_limit = 128);

CREATE INDEX assets_tag_search ON assets USING gin (asset_tag gin_trgm_ops) WITH (gin_pending_list_limit = 128);

CREATE INDEX assets_serial_number_search ON assets USING gin (serial_number gin_trgm_ops)
  WITH (gin_pending_list_limit = 128);

CREATE INDEX assets_location_search ON assets USING gin (location gin_trgm_ops) WITH (gin_pending_list_limit = 128);

CREATE INDEX clients_by_name ON clients (tenant, client_name, client_id);

CREATE INDEX assets_by_updated ON assets (tenant, updated_at DESC, asset_id DESC);

CREATE INDEX assets_by_name ON assets (tenant, name, asset_id);

CREATE INDEX assets_by_tag ON assets (tenant, asset_tag, asset_id);

CREATE INDEX assets_by_serial_number ON assets (tenant, serial_number, asset_id);

CREATE INDEX assets_by_warranty ON assets (tenant, warranty_end_date, asset_id);

CREATE INDEX assets_of_location ON assets (tenant, location_id) WHERE location_id IS NOT NULL;
