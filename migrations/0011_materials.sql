-- What is sold: services and products, the stock of products, and the materials that tickets take from it.

CREATE TABLE service_types (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  is_active boolean NOT NULL DEFAULT true,
  description text,
  order_number integer NOT NULL DEFAULT 0,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, id)
);

CREATE UNIQUE INDEX service_types_name_key ON service_types (tenant, lower(name));

-- Services and products are one catalogue. Rates and costs are in minor units of their currency.
CREATE TABLE service_catalog (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  service_id uuid NOT NULL,
  service_name text NOT NULL CHECK (service_name <> ''),
  custom_service_type_id uuid NOT NULL,
  billing_method text NOT NULL CHECK (billing_method IN ('fixed', 'hourly', 'usage')),
  default_rate bigint NOT NULL DEFAULT 0 CHECK (default_rate >= 0),
  unit_of_measure text NOT NULL CHECK (unit_of_measure <> ''),
  category_id uuid,
  tax_rate_id uuid,
  description text,
  item_kind text NOT NULL DEFAULT 'service' CHECK (item_kind IN ('service', 'product')),
  is_active boolean NOT NULL DEFAULT true,
  sku text CHECK (sku <> ''),
  barcode text CHECK (barcode <> ''),
  cost bigint CHECK (cost >= 0),
  cost_currency text CHECK (cost_currency ~ '^[A-Z]{3}$'),
  vendor text,
  manufacturer text,
  product_category text,
  is_license boolean NOT NULL DEFAULT false,
  license_term text,
  license_billing_cadence text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, service_id),
  CONSTRAINT service_catalog_product_check CHECK (item_kind = 'service' OR billing_method = 'usage'),
  CONSTRAINT service_catalog_type_fkey FOREIGN KEY (tenant, custom_service_type_id) REFERENCES service_types
);

CREATE UNIQUE INDEX service_catalog_sku_key ON service_catalog (tenant, sku) WHERE item_kind = 'product';

CREATE UNIQUE INDEX service_catalog_barcode_key ON service_catalog (tenant, barcode) WHERE item_kind = 'product';

CREATE INDEX service_catalog_by_name ON service_catalog (tenant, item_kind, service_name, service_id);

CREATE INDEX service_catalog_of_type ON service_catalog (tenant, custom_service_type_id);

CREATE TABLE service_prices (
  tenant uuid NOT NULL,
  service_id uuid NOT NULL,
  currency_code text NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
  rate bigint NOT NULL CHECK (rate >= 0),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, service_id, currency_code),
  FOREIGN KEY (tenant, service_id) REFERENCES service_catalog ON DELETE CASCADE
);

CREATE TABLE stock_locations (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  location_id uuid NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  location_type text NOT NULL DEFAULT 'warehouse' CHECK (location_type <> ''),
  is_default boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, location_id)
);

CREATE UNIQUE INDEX stock_locations_name_key ON stock_locations (tenant, lower(name));

CREATE UNIQUE INDEX stock_locations_default_key ON stock_locations (tenant) WHERE is_default;

-- How a product is kept in stock; one without a row here is not.
CREATE TABLE product_inventory_settings (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  service_id uuid NOT NULL,
  track_stock boolean NOT NULL DEFAULT true,
  is_serialized boolean NOT NULL DEFAULT false,
  default_location_id uuid,
  reorder_point integer CHECK (reorder_point >= 0),
  average_cost bigint CHECK (average_cost >= 0),
  cost_currency text CHECK (cost_currency ~ '^[A-Z]{3}$'),
  warranty_term text,
  creates_asset boolean NOT NULL DEFAULT false,
  asset_type text CHECK (asset_type <> ''),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, service_id),
  CONSTRAINT product_inventory_settings_serialized_check CHECK (track_stock OR NOT is_serialized),
  FOREIGN KEY (tenant, service_id) REFERENCES service_catalog ON DELETE CASCADE,
  CONSTRAINT product_inventory_settings_location_fkey FOREIGN KEY (tenant, default_location_id) REFERENCES stock_locations
);

-- How much of a product lies where. What is reserved or held is on hand, but not available.
CREATE TABLE stock_levels (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  service_id uuid NOT NULL,
  location_id uuid NOT NULL,
  quantity_on_hand bigint NOT NULL DEFAULT 0,
  reserved_quantity bigint NOT NULL DEFAULT 0 CHECK (reserved_quantity >= 0),
  held_quantity bigint NOT NULL DEFAULT 0 CHECK (held_quantity >= 0),
  reorder_point integer CHECK (reorder_point >= 0),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, service_id, location_id),
  CONSTRAINT stock_levels_available_check CHECK (quantity_on_hand >= reserved_quantity + held_quantity),
  CONSTRAINT stock_levels_product_fkey FOREIGN KEY (tenant, service_id) REFERENCES service_catalog,
  CONSTRAINT stock_levels_location_fkey FOREIGN KEY (tenant, location_id) REFERENCES stock_locations
);

CREATE INDEX stock_levels_of_location ON stock_levels (tenant, location_id);

-- The single pieces of serialized products. One in stock also counts in the level of its location.
CREATE TABLE stock_units (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  unit_id uuid NOT NULL,
  service_id uuid NOT NULL,
  serial_number text NOT NULL CHECK (serial_number <> ''),
  mac_address text CHECK (mac_address <> ''),
  status text NOT NULL DEFAULT 'in_stock' CHECK (status IN
    ('in_stock', 'allocated', 'in_transit', 'on_loan', 'delivered', 'returned', 'in_rma', 'retired')),
  location_id uuid,
  client_id uuid,
  unit_cost bigint CHECK (unit_cost >= 0),
  cost_currency text CHECK (cost_currency ~ '^[A-Z]{3}$'),
  warranty_expires_at timestamptz(3),
  warranty_term text,
  received_at timestamptz(3) NOT NULL DEFAULT now(),
  delivered_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, unit_id),
  CONSTRAINT stock_units_serial_number_key UNIQUE (tenant, service_id, serial_number),
  CONSTRAINT stock_units_in_stock_check
    CHECK (status <> 'in_stock' OR (location_id IS NOT NULL AND client_id IS NULL)),
  CONSTRAINT stock_units_delivered_check
    CHECK (status <> 'delivered' OR (location_id IS NULL AND client_id IS NOT NULL)),
  CONSTRAINT stock_units_product_fkey FOREIGN KEY (tenant, service_id) REFERENCES service_catalog,
  CONSTRAINT stock_units_location_fkey FOREIGN KEY (tenant, location_id) REFERENCES stock_locations,
  CONSTRAINT stock_units_client_fkey FOREIGN KEY (tenant, client_id) REFERENCES clients
);

CREATE UNIQUE INDEX stock_units_mac_address_key
  ON stock_units (tenant, lower(regexp_replace(mac_address, '[^0-9A-Fa-f]', '', 'g')));

CREATE INDEX stock_units_of_location ON stock_units (tenant, location_id) WHERE location_id IS NOT NULL;

CREATE INDEX stock_units_of_client ON stock_units (tenant, client_id) WHERE client_id IS NOT NULL;

CREATE TABLE ticket_materials (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  ticket_material_id uuid NOT NULL,
  ticket_id uuid NOT NULL,
  client_id uuid NOT NULL,
  service_id uuid NOT NULL,
  unit_id uuid,
  quantity integer NOT NULL CHECK (quantity > 0),
  rate bigint NOT NULL CHECK (rate >= 0),
  currency_code text NOT NULL DEFAULT 'USD' CHECK (currency_code ~ '^[A-Z]{3}$'),
  description text,
  is_billed boolean NOT NULL DEFAULT false,
  billed_invoice_id uuid,
  billed_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, ticket_material_id),
  CONSTRAINT ticket_materials_unit_check CHECK (unit_id IS NULL OR quantity = 1),
  CONSTRAINT ticket_materials_ticket_fkey FOREIGN KEY (tenant, ticket_id) REFERENCES tickets,
  CONSTRAINT ticket_materials_client_fkey FOREIGN KEY (tenant, client_id) REFERENCES clients,
  CONSTRAINT ticket_materials_service_fkey FOREIGN KEY (tenant, service_id) REFERENCES service_catalog,
  CONSTRAINT ticket_materials_unit_fkey FOREIGN KEY (tenant, unit_id) REFERENCES stock_units
);

CREATE INDEX ticket_materials_of_ticket
  ON ticket_materials (tenant, ticket_id, created_at DESC, ticket_material_id DESC);

CREATE INDEX ticket_materials_of_client ON ticket_materials (tenant, client_id);

CREATE INDEX ticket_materials_of_service ON ticket_materials (tenant, service_id);

CREATE INDEX ticket_materials_of_unit ON ticket_materials (tenant, unit_id) WHERE unit_id IS NOT NULL;

-- Every change of what is on hand, written with it and never changed. It outlives the material it was made for.
CREATE TABLE stock_movements (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  movement_id uuid NOT NULL,
  service_id uuid NOT NULL,
  location_id uuid NOT NULL,
  unit_id uuid,
  movement_type text NOT NULL CHECK (movement_type IN
    ('receipt', 'adjustment', 'consumption', 'return', 'transfer_out', 'transfer_in', 'count')),
  quantity_delta bigint NOT NULL CHECK (quantity_delta <> 0),
  reason text,
  ticket_id uuid,
  ticket_material_id uuid,
  user_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant, movement_id),
  CONSTRAINT stock_movements_unit_check CHECK (unit_id IS NULL OR abs(quantity_delta) = 1),
  CONSTRAINT stock_movements_product_fkey FOREIGN KEY (tenant, service_id) REFERENCES service_catalog,
  CONSTRAINT stock_movements_location_fkey FOREIGN KEY (tenant, location_id) REFERENCES stock_locations,
  CONSTRAINT stock_movements_unit_fkey FOREIGN KEY (tenant, unit_id) REFERENCES stock_units,
  CONSTRAINT stock_movements_ticket_fkey FOREIGN KEY (tenant, ticket_id) REFERENCES tickets
    ON DELETE SET NULL (ticket_id),
  CONSTRAINT stock_movements_user_fkey FOREIGN KEY (tenant, user_id) REFERENCES users ON DELETE SET NULL (user_id)
);

CREATE INDEX stock_movements_of_product ON stock_movements (tenant, service_id, created_at DESC, movement_id DESC);

CREATE INDEX stock_movements_of_unit ON stock_movements (tenant, unit_id, created_at) WHERE unit_id IS NOT NULL;

CREATE INDEX stock_movements_of_ticket ON stock_movements (tenant, ticket_id) WHERE ticket_id IS NOT NULL;

-- A material consumes once, and gives back once.
CREATE UNIQUE INDEX stock_movements_of_material ON stock_movements (tenant, ticket_material_id, movement_type)
  WHERE ticket_material_id IS NOT NULL;

ALTER TABLE assets ADD CONSTRAINT assets_service_fkey FOREIGN KEY (tenant, service_id) REFERENCES service_catalog;

ALTER TABLE assets ADD CONSTRAINT assets_stock_unit_fkey FOREIGN KEY (tenant, stock_unit_id) REFERENCES stock_units;

CREATE UNIQUE INDEX assets_stock_unit_key ON assets (tenant, stock_unit_id) WHERE stock_unit_id IS NOT NULL;

CREATE INDEX assets_of_service ON assets (tenant, service_id) WHERE service_id IS NOT NULL;
