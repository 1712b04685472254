-- A service's category is one of the tenant's.

CREATE INDEX service_catalog_of_category ON service_catalog (tenant, category_id) WHERE category_id IS NOT NULL;

ALTER TABLE service_catalog ADD CONSTRAINT service_catalog_category_fkey
  FOREIGN KEY (tenant, category_id) REFERENCES service_categories;
