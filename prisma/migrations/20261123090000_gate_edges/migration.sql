-- Which sample of a tenant was written down last, whatever the clock said.
CREATE INDEX signal_sample_last ON signal_sample (tenant_id, id) WHERE NOT hourly;
