-- The companies a provider looks after, their locations and the people there.

CREATE TABLE clients (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  client_id uuid NOT NULL,
  client_name text NOT NULL CHECK (client_name <> ''),
  url text NOT NULL DEFAULT '',
  properties jsonb,
  billing_type text,
  payment_terms text,
  credit_limit bigint CHECK (credit_limit >= 0),
  preferred_payment_method text,
  auto_invoice boolean NOT NULL DEFAULT false,
  invoice_delivery_method text CHECK (invoice_delivery_method IN ('email', 'mail', 'portal')),
  is_inactive boolean NOT NULL DEFAULT false,
  client_type text NOT NULL DEFAULT 'company' CHECK (client_type IN ('company', 'individual')),
  is_tax_exempt boolean NOT NULL DEFAULT false,
  tax_exemption_certificate text,
  tax_id_number text,
  notes text,
  billing_cycle text NOT NULL DEFAULT 'monthly'
    CHECK (billing_cycle IN ('weekly', 'bi-weekly', 'monthly', 'quarterly', 'semi-annually', 'annually')),
  timezone text,
  notes_document_id uuid,
  invoice_template_id uuid,
  billing_contact_id uuid,
  billing_email text,
  region_code text,
  account_manager_id uuid,
  default_currency_code text NOT NULL DEFAULT 'USD' CHECK (length(default_currency_code) = 3),
  lifecycle_status text CHECK (lifecycle_status IN ('prospect', 'active', 'former')),
  inbound_ticket_defaults_id uuid,
  sla_policy_id uuid,
  is_default boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, client_id),
  CONSTRAINT clients_client_name_key UNIQUE (tenant, client_name),
  CONSTRAINT clients_account_manager_fkey FOREIGN KEY (tenant, account_manager_id) REFERENCES users
);

CREATE INDEX clients_by_created ON clients (tenant, created_at DESC, client_id DESC);

CREATE TABLE client_locations (
  tenant uuid NOT NULL,
  location_id uuid NOT NULL,
  client_id uuid NOT NULL,
  location_name text,
  address_line1 text,
  address_line2 text,
  address_line3 text,
  city text,
  state_province text,
  postal_code text,
  country_code text,
  country_name text,
  region_code text,
  is_billing_address boolean NOT NULL DEFAULT false,
  is_shipping_address boolean NOT NULL DEFAULT false,
  is_default boolean NOT NULL DEFAULT false,
  phone text,
  fax text,
  email text,
  notes text,
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, location_id),
  CONSTRAINT client_locations_of_client_key UNIQUE (tenant, client_id, location_id),
  FOREIGN KEY (tenant, client_id) REFERENCES clients ON DELETE CASCADE
);

CREATE UNIQUE INDEX client_locations_default_key ON client_locations (tenant, client_id) WHERE is_default;

CREATE TABLE contacts (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  contact_name_id uuid NOT NULL,
  full_name text NOT NULL,
  client_id uuid,
  email text NOT NULL,
  phone_number text,
  role text,
  notes text,
  is_inactive boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, contact_name_id),
  CONSTRAINT contacts_email_key UNIQUE (tenant, email),
  CONSTRAINT contacts_client_fkey FOREIGN KEY (tenant, client_id) REFERENCES clients
);

CREATE INDEX contacts_of_client ON contacts (tenant, client_id);

CREATE TABLE documents (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  document_id uuid NOT NULL,
  document_name text NOT NULL,
  type_name text,
  type_icon text,
  mime_type text NOT NULL,
  file_size bigint NOT NULL,
  file_id uuid,
  created_by uuid NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, document_id),
  FOREIGN KEY (tenant, created_by) REFERENCES users
);

CREATE TABLE document_associations (
  tenant uuid NOT NULL,
  association_id uuid NOT NULL,
  document_id uuid NOT NULL,
  entity_type text NOT NULL,
  entity_id uuid NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, association_id),
  CONSTRAINT document_associations_key UNIQUE (tenant, entity_type, entity_id, document_id),
  FOREIGN KEY (tenant, document_id) REFERENCES documents ON DELETE CASCADE
);
