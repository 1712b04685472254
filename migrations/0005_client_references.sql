-- A client's billing contact is one of the tenant's contacts, and is forgotten with it.

ALTER TABLE clients ADD CONSTRAINT clients_billing_contact_fkey
  FOREIGN KEY (tenant, billing_contact_id) REFERENCES contacts ON DELETE SET NULL (billing_contact_id);

CREATE INDEX clients_by_account_manager ON clients (tenant, account_manager_id) WHERE account_manager_id IS NOT NULL;

CREATE INDEX clients_by_billing_contact ON clients (tenant, billing_contact_id) WHERE billing_contact_id IS NOT NULL;
