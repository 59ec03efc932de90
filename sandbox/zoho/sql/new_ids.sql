select nextval('zoho.record_id') from generate_series(1, %(count)s);
