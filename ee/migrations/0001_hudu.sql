-- Integration secrets, encrypted, and each tenant's connection to its Hudu.

-- AES-256-GCM with SECRETS_KEY; the tenant and the name are authenticated with the value, so no row passes for another.
CREATE TABLE tenant_secrets (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  name text NOT NULL CHECK (name <> ''),
  nonce bytea NOT NULL CHECK (length(nonce) = 12),
  ciphertext bytea NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, name)
);

CREATE TABLE hudu_integrations (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  integration_id uuid NOT NULL,
  base_url text,
  is_active boolean NOT NULL DEFAULT false,
  connected_at timestamptz(3),
  last_synced_at timestamptz(3),
  sync_status text NOT NULL DEFAULT 'idle' CHECK (sync_status IN ('idle', 'syncing', 'completed', 'error')),
  sync_error text,
  last_full_sync_at timestamptz(3),
  settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, integration_id),
  CONSTRAINT hudu_integrations_tenant_key UNIQUE (tenant)
);
