-- Relationships of assets with ids of their own, and the figures of assets in their running totals.

ALTER TABLE asset_relationships ADD COLUMN relationship_id uuid NOT NULL DEFAULT ordered_uuid();

-- Of two that say the same from either end, the earlier stays.
DELETE FROM asset_relationships r USING asset_relationships o
  WHERE o.tenant = r.tenant AND o.parent_asset_id = r.child_asset_id AND o.child_asset_id = r.parent_asset_id
    AND lower(o.relationship_type) = lower(r.relationship_type)
    AND (o.created_at, o.relationship_id) < (r.created_at, r.relationship_id);

ALTER TABLE asset_relationships
  DROP CONSTRAINT asset_relationships_pkey,
  ADD CONSTRAINT asset_relationships_pkey PRIMARY KEY (tenant, relationship_id);

-- Two assets have one relationship of a type, whichever of them is the parent.
CREATE UNIQUE INDEX asset_relationships_once ON asset_relationships (tenant,
  least(parent_asset_id, child_asset_id), greatest(parent_asset_id, child_asset_id), lower(relationship_type));

CREATE INDEX asset_relationships_by_parent ON asset_relationships (tenant, parent_asset_id);

-- What an asset cost, in minor units: what its attributes say, if that is a number.
CREATE FUNCTION purchase_price(attributes jsonb) RETURNS numeric LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN attributes ->> 'purchase_price' ~ '^[0-9]{1,13}([.][0-9]{1,20})?$'
    THEN (attributes ->> 'purchase_price')::numeric ELSE 0 END;

-- The running totals also tell how many of the assets have a day of purchase, the sum of these in seconds since 1970, and
-- what the assets cost.
ALTER TABLE asset_counts
  ADD COLUMN purchased bigint NOT NULL DEFAULT 0,
  ADD COLUMN purchase_seconds numeric NOT NULL DEFAULT 0,
  ADD COLUMN purchase_value numeric NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION count_assets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO asset_counts
        (tenant, client_id, asset_type, status, amount, purchased, purchase_seconds, purchase_value)
      SELECT tenant, client_id, asset_type, status, count(*), count(purchase_date),
        coalesce(sum(extract(epoch FROM purchase_date)), 0), sum(purchase_price(attributes))
      FROM added
      GROUP BY GROUPING SETS ((tenant, asset_type, status), (tenant, client_id, asset_type, status));
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO asset_counts
        (tenant, client_id, asset_type, status, amount, purchased, purchase_seconds, purchase_value)
      SELECT tenant, client_id, asset_type, status, -count(*), -count(purchase_date),
        -coalesce(sum(extract(epoch FROM purchase_date)), 0), -sum(purchase_price(attributes))
      FROM removed
      GROUP BY GROUPING SETS ((tenant, asset_type, status), (tenant, client_id, asset_type, status));
  ELSE
    INSERT INTO asset_counts
        (tenant, client_id, asset_type, status, amount, purchased, purchase_seconds, purchase_value)
      SELECT tenant, client_id, asset_type, status, sum(amount),
        coalesce(sum(amount) FILTER (WHERE purchase_date IS NOT NULL), 0),
        coalesce(sum(amount * extract(epoch FROM purchase_date)), 0), sum(amount * purchase_price(attributes))
      FROM (
        SELECT tenant, client_id, asset_type, status, purchase_date, attributes, 1 AS amount FROM added
        UNION ALL SELECT tenant, client_id, asset_type, status, purchase_date, attributes, -1 FROM removed
      ) AS changes
      GROUP BY GROUPING SETS ((tenant, asset_type, status), (tenant, client_id, asset_type, status))
      HAVING sum(amount) <> 0 OR sum(amount) FILTER (WHERE purchase_date IS NOT NULL) <> 0
        OR sum(amount * extract(epoch FROM purchase_date)) <> 0 OR sum(amount * purchase_price(attributes)) <> 0;
  END IF;
  RETURN NULL;
END $$;

DELETE FROM asset_counts;

INSERT INTO asset_counts (tenant, client_id, asset_type, status, amount, purchased, purchase_seconds, purchase_value)
  SELECT tenant, client_id, asset_type, status, count(*), count(purchase_date),
    coalesce(sum(extract(epoch FROM purchase_date)), 0), sum(purchase_price(attributes))
  FROM assets
  GROUP BY GROUPING SETS ((tenant, asset_type, status), (tenant, client_id, asset_type, status));
