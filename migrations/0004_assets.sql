-- Assets, how they hang together, their maintenance, and the tickets they are linked to.

CREATE TABLE assets (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  asset_id uuid NOT NULL,
  asset_type text NOT NULL DEFAULT 'unknown',
  client_id uuid NOT NULL,
  asset_tag text NOT NULL CHECK (asset_tag <> ''),
  name text NOT NULL CHECK (name <> ''),
  status text NOT NULL CHECK (status <> ''),
  serial_number text,
  location text,
  location_id uuid,
  purchase_date timestamptz(3),
  warranty_end_date timestamptz(3),
  attributes jsonb,
  extension_data jsonb,
  notes_document_id uuid,
  service_id uuid,
  stock_unit_id uuid,
  rmm_provider text,
  rmm_device_id text,
  rmm_organization_id text,
  agent_status text,
  last_seen_at timestamptz(3),
  last_rmm_sync_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, asset_id),
  CONSTRAINT assets_client_fkey FOREIGN KEY (tenant, client_id) REFERENCES clients,
  CONSTRAINT assets_location_fkey FOREIGN KEY (tenant, client_id, location_id)
    REFERENCES client_locations (tenant, client_id, location_id)
);

CREATE INDEX assets_by_created ON assets (tenant, created_at DESC, asset_id DESC);

CREATE INDEX assets_by_client ON assets (tenant, client_id, created_at DESC, asset_id DESC);

CREATE INDEX assets_by_type ON assets (tenant, asset_type, created_at DESC, asset_id DESC);

CREATE INDEX assets_by_status ON assets (tenant, status, created_at DESC, asset_id DESC);

CREATE TABLE asset_associations (
  tenant uuid NOT NULL,
  asset_id uuid NOT NULL,
  entity_id uuid NOT NULL,
  entity_type text NOT NULL,
  relationship_type text NOT NULL DEFAULT 'affected' CHECK (relationship_type <> ''),
  notes text,
  created_by uuid NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, asset_id, entity_id, entity_type),
  FOREIGN KEY (tenant, asset_id) REFERENCES assets ON DELETE CASCADE,
  FOREIGN KEY (tenant, created_by) REFERENCES users
);

CREATE INDEX asset_associations_of_entity ON asset_associations (tenant, entity_type, entity_id, created_at DESC);

CREATE TABLE asset_relationships (
  tenant uuid NOT NULL,
  parent_asset_id uuid NOT NULL,
  child_asset_id uuid NOT NULL,
  relationship_type text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, parent_asset_id, child_asset_id),
  CONSTRAINT asset_relationships_self_check CHECK (parent_asset_id <> child_asset_id),
  FOREIGN KEY (tenant, parent_asset_id) REFERENCES assets ON DELETE CASCADE,
  FOREIGN KEY (tenant, child_asset_id) REFERENCES assets ON DELETE CASCADE
);

CREATE INDEX asset_relationships_by_child ON asset_relationships (tenant, child_asset_id);

CREATE TABLE asset_maintenance_schedules (
  tenant uuid NOT NULL,
  schedule_id uuid NOT NULL,
  asset_id uuid NOT NULL,
  schedule_name text NOT NULL,
  description text,
  maintenance_type text NOT NULL
    CHECK (maintenance_type IN ('preventive', 'corrective', 'inspection', 'calibration', 'replacement')),
  frequency text NOT NULL CHECK (frequency IN ('daily', 'weekly', 'monthly', 'quarterly', 'yearly', 'custom')),
  frequency_interval integer NOT NULL DEFAULT 1 CHECK (frequency_interval > 0),
  schedule_config jsonb NOT NULL DEFAULT '{}',
  last_maintenance timestamptz(3),
  next_maintenance timestamptz(3) NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  created_by uuid NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, schedule_id),
  FOREIGN KEY (tenant, asset_id) REFERENCES assets ON DELETE CASCADE,
  FOREIGN KEY (tenant, created_by) REFERENCES users
);

CREATE INDEX asset_maintenance_schedules_of_asset ON asset_maintenance_schedules (tenant, asset_id);
